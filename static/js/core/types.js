// @ts-check
/**
 * What travels on the wire, as typedefs. Nothing runs here.
 *
 * @typedef {"counter" | "device" | "supervisor" | "auditor" | "admin"} Role
 * @typedef {{user_id: string, username: string, name: string, role: Role, device_id: string | null, needs_second_factor?: boolean}} User
 *
 * @typedef {"available" | "active" | "paused" | "completed"} RackStatus
 * @typedef {{user_id?: string, username?: string, name: string, device_id?: string | null}} Holder
 * @typedef {{records: number, items: number, pieces: number, expected: number | null}} Progress
 *
 * @typedef {object} Rack
 * @property {string} rack_id
 * @property {string} floor
 * @property {string} [zone]
 * @property {number} row
 * @property {number} column
 * @property {RackStatus} status
 * @property {boolean} recount
 * @property {number} pass
 * @property {string[]} [recount_items]   the pass is of these items; empty: of all
 * @property {number} fence
 * @property {Holder | null} holder
 * @property {string | null} session_id
 * @property {string | null} lease_expires_at
 * @property {string | null} claimed_at
 * @property {string | null} last_heartbeat
 * @property {Progress | null} progress
 * @property {number | null} open_conflicts
 * @property {number | null} [queue_length]   records that wait on the holder's device
 * @property {number | null} [queue_age_s]    for how many seconds the oldest of them waits
 * @property {Holder | null} [assigned_to]
 * @property {{session_id: string | null, progress: Progress} | null} [shelved]   set by us: what an expired
 *   session had counted, for when its lease comes back
 * @property {string | null} [last_session_id]   set by us: a lease that comes back goes on where it was
 *
 * @typedef {{floor: string, racks: number, available: number, active: number, paused: number, completed: number}} Floor
 *
 * @typedef {object} Claim
 * @property {string} rack_id
 * @property {string} session_id
 * @property {string} floor
 * @property {number} lock_ttl        seconds
 * @property {number} fencing_token
 * @property {number} pass
 * @property {boolean} [blind]
 * @property {string[]} [recount_items]   the pass is of these items; empty: of all
 *
 * @typedef {object} Item
 * @property {string} item_code
 * @property {string | null} [barcode]
 * @property {string | null} [autobarcode]   the one that the shop printed itself
 * @property {string} item_name
 * @property {string | null} [category]
 * @property {string | null} [uom]
 * @property {number | null} [mrp]
 * @property {string | null} [floor]
 * @property {string | null} [rack]
 * @property {boolean} [unknown]      set by us: the catalogue does not have it
 *
 * @typedef {object} CountRecord
 * @property {string} client_record_id
 * @property {string} session_id
 * @property {string} rack_id
 * @property {string} floor
 * @property {string} item_code
 * @property {number} verified_qty
 * @property {number} damage_qty
 * @property {string[]} serial_numbers
 * @property {"partial" | "finalized"} status
 * @property {string} created_at
 * @property {string} updated_at
 * @property {string | null} [uom]
 * @property {number | null} [mrp]
 * @property {string | null} [category]
 * @property {string | null} [mfg_date]          YYYY, YYYY-MM or YYYY-MM-DD
 * @property {string | null} [lot]
 * @property {string | null} [expiry_date]       YYYY, YYYY-MM or YYYY-MM-DD
 * @property {boolean} [voided]                  the counter took all of it back: not counted, not zero
 * @property {SentScan[]} [scans]                what the quantity is the sum of; set when it is sent
 * @property {string | null} [item_condition]
 * @property {string | null} [condition_details]
 * @property {string[]} [evidence_photos]       ids that /api/evidence gave
 * @property {string} [device_id]
 * @property {number} [client_seq]
 * @property {number} [base_rev]
 *
 * @typedef {{client_record_id: string, message: string, details?: Record<string, unknown>}} Verdict
 * @typedef {Verdict & {conflict_id?: string, conflict_type: string}} ConflictVerdict
 * @typedef {Verdict & {error_type: string}} ErrorVerdict
 *
 * @typedef {object} BatchAnswer
 * @property {string[]} ok
 * @property {ConflictVerdict[]} conflicts
 * @property {ErrorVerdict[]} errors
 * @property {Record<string, number>} [revisions]
 *
 * @typedef {"queued" | "sending" | "acked" | "parked"} EntryState
 *
 * @typedef {object} Entry   one count as this device keeps it
 * @property {string} id               the record's client_record_id
 * @property {string} user_id          whose count it is; nobody else's tab sends it
 * @property {string} session_id
 * @property {number} seq              order on this device
 * @property {EntryState} state
 * @property {number} version          grows with each edit, so that an edit while sending is not lost
 * @property {CountRecord} record
 * @property {string} item_name
 * @property {number} saved_at         epoch ms, this device's clock
 * @property {number} [waits_since]    epoch ms: the first change that the server has not confirmed
 * @property {number | null} rev       the server's revision, once it has one
 * @property {{kind: string, message: string, conflict_id?: string} | null} verdict   why it is parked
 * @property {{version: number, record: CountRecord} | null} [unanswered]   what was sent last, until its answer
 *   is here: it is sent again as it was, so that a lost answer never makes our own edit look stale
 * @property {ScanEvent[]} [events]     what the quantity is the sum of, oldest first; only ever appended
 * @property {number} [server_qty]      the quantity that the server has confirmed; 0 until then
 * @property {string} [flag]            why somebody should look: `unknown`, `unchecked`
 *
 * @typedef {object} ScanEvent   one act of counting
 * @property {string} id
 * @property {number} at          epoch ms, this device's clock
 * @property {number} qty         pieces, below zero for a correction or an undo
 * @property {"scan" | "camera" | "typed" | "step" | "undo"} by
 * @property {string} [undoes]    id of the event that this one takes back
 * @property {number} [pack]      pieces in the case that was scanned
 * @property {string[]} [serials] serial numbers that came with it
 * @property {string} [lot]
 * @property {string} [expiry]    YYYY-MM-DD
 *
 * @typedef {{qty: number, at: string, by: ScanEvent["by"] | "sum", pack?: number}} SentScan
 *
 * @typedef {object} Photo   a photograph of a count, as this device keeps it
 * @property {string} id
 * @property {string} user_id
 * @property {string} entry_id
 * @property {ArrayBuffer} bytes
 * @property {string} type               media type
 * @property {string | null} evidence_id what the server called it, once it has it
 * @property {string | null} problem     why the server refused it
 * @property {number} at                 epoch ms
 *
 * @typedef {{queued: number, sending: number, parked: number, waiting: number, fresh: number, pieces: number,
 *   since: number | null}} Tally
 *   `fresh`: counts the server has no version of; `pieces`: what it will have more; `since`: epoch ms, for
 *   how long the oldest of them waits
 *
 * @typedef {"accept_client" | "accept_server" | "merge" | "recount"} Resolution
 *
 * @typedef {object} Conflict   a parked record as the desk's queue shows it
 * @property {string} conflict_id
 * @property {string} conflict_type
 * @property {"open" | "resolved"} status
 * @property {string} client_record_id
 * @property {string} rack_id
 * @property {string} floor
 * @property {string} user_id
 * @property {string} name              who counted
 * @property {string | null} item_name  null: the catalogue does not have it
 * @property {Record<string, any>} details
 * @property {Record<string, any>} payload          the record as it was sent
 * @property {Record<string, any> | null} server    what stands against it
 * @property {{field: string, client: any, server: any}[]} differences
 * @property {string} created_at
 * @property {Resolution | null} resolution
 * @property {string | null} note
 * @property {Record<string, any> | null} merged
 * @property {string | null} settled_by
 * @property {string | null} settled_by_name
 * @property {string | null} settled_at
 *
 * @typedef {object} Explained
 * @property {Record<string, any>[]} history        the record's revisions, oldest first
 * @property {Record<string, any> | null} session
 * @property {Record<string, any> | null} rack
 * @property {Record<string, any>[]} serials        who holds the serial numbers that it wants
 * @property {Conflict[]} others                    other conflicts of the same record
 *
 * @typedef {Conflict & Explained} Case
 * @typedef {{by_status: Record<string, number>, open_by_type: Record<string, number>,
 *   open_by_floor: Record<string, number>, open_by_age: Record<string, number>, oldest_at: string | null}} ConflictStats
 *
 * @typedef {object} Person   somebody and what they do now, as /api/people has it
 * @property {string} user_id
 * @property {string} username
 * @property {string} name
 * @property {Role} role
 * @property {boolean | null} online
 * @property {string | null} device_id
 * @property {number | null} queue_length
 * @property {number | null} pace_per_hour
 * @property {string | null} idle_since
 * @property {{rack_id: string, floor: string, session_id: string}[]} racks
 *
 * @typedef {object} Move   an entry of the activity log that changed the rack map
 * @property {number} event_id
 * @property {string} timestamp
 * @property {string} action
 * @property {string} status
 * @property {string | null} rack_id
 * @property {string | null} session_id
 * @property {string | null} name
 * @property {Record<string, any>} details
 *
 * @typedef {{pieces: number | null, percent: number | null, value: number | null}} Tolerance
 *
 * @typedef {object} Stocktake
 * @property {string} stocktake_id
 * @property {string} name
 * @property {string} warehouse
 * @property {string[]} floors          empty: all
 * @property {"open" | "closed"} status
 * @property {boolean} blind
 * @property {boolean} double_count
 * @property {Tolerance} tolerance
 * @property {string} created_by
 * @property {string} created_at
 * @property {string | null} closed_by
 * @property {string | null} closed_at
 * @property {string | null} note
 *
 * @typedef {object} LineSums   lines in numbers: variances are net, `gross_value` is the sum of their sizes
 * @property {number} lines
 * @property {number} counted
 * @property {number} settled
 * @property {Record<LineStatus, number>} by_status
 * @property {number} outside_tolerance
 * @property {number} unknown_items
 * @property {number} counted_qty
 * @property {number} damage_qty
 * @property {number} variance_qty
 * @property {number} variance_value
 * @property {number} gross_value
 *
 * @typedef {LineSums & {stocktake: Stocktake, racks: Record<string, number>, open_conflicts: number,
 *   waiting: Record<string, number>}} StocktakeProgress
 * @typedef {{number: number, key: string, standing: "kept" | "watch" | "broken" | "unknown", figures: Record<string, any>,
 *   tests: string[]}} PromiseNow
 * @typedef {{state: "growing" | "sealing" | "sealed", links: number, racks: number, key: string, public_key: string,
 *   last_link_at: string | null, sealed_at: string | null}} Custody
 * @typedef {LineSums & {rack_id: string, floor: string, pieces_per_hour: number | null}} RackSums
 *
 * @typedef {"uncounted" | "waiting" | "counted" | "disputed" | "recount" | "agreed" | "approved" | "rejected"} LineStatus
 *
 * @typedef {object} LinePass   what one person counted of an item under one fence
 * @property {number} fence
 * @property {number} pass
 * @property {string} name
 * @property {number} counted
 * @property {number} damaged
 * @property {number} records
 * @property {string} at
 * @property {boolean} late        of a lost lease, taken in as a second opinion
 *
 * @typedef {{decision: LineStatus, username: string, at: string, note: string}} Ruling
 *
 * @typedef {object} CountLine   one item at one rack in one stocktake
 * @property {string} line_id
 * @property {string} stocktake_id
 * @property {string} rack_id
 * @property {string} floor
 * @property {string} item_code
 * @property {string} item_name
 * @property {string | null} category
 * @property {string | null} uom
 * @property {number} price
 * @property {boolean} item_known
 * @property {boolean} expected_here
 * @property {LineStatus} status
 * @property {boolean} settled
 * @property {number | null} counted_qty
 * @property {number | null} damage_qty
 * @property {string | null} counted_at
 * @property {number} book_qty
 * @property {string} book_at
 * @property {number} moved_qty
 * @property {number} expected_qty     the book at the moment of the count
 * @property {number | null} variance_qty
 * @property {number | null} variance_value
 * @property {boolean | null} within_tolerance
 * @property {LinePass[]} passes
 * @property {string | null} said
 * @property {Ruling | null} ruling
 * @property {number} rev
 *
 * @typedef {{movement_id: string, qty: number, at: string, heard_at: string, reference: string | null}} LineMovement
 * @typedef {{rulings: Ruling[], book_at: string, movements: LineMovement[]}} LineHistory
 * @typedef {{lines: number, counted: number, frozen: number, variance_qty: number, variance_value: number,
 *   gross_value: number}} Matching
 *
 * @typedef {object} LateCount   an interrupted count that may be taken in as a pass
 * @property {string} session_id
 * @property {string} rack_id
 * @property {string} floor
 * @property {Holder} holder
 * @property {string} last_heartbeat
 * @property {number} records
 * @property {number} pieces
 * @property {number} waiting          of its records, as conflicts
 *
 * @typedef {{tolerance: Tolerance, counted: number, within: number, outside: number, agreed: number,
 *   disputed: number, value_outside: number}} WhatIf
 *
 * @typedef {{kind: string, code: string, modules: string}} Bars
 * @typedef {{item_code: string, item_name: string, uom: string | null, bars: Bars | null}} SheetLine
 * @typedef {{sheet_id: string, rack_id: string, floor: string, zone: string | null, pass: number, blind: boolean,
 *   stocktake: string | null, only_these: boolean, lines: SheetLine[]}} Sheet
 *
 * @typedef {object} LiveEvent
 * @property {number} [id]
 * @property {string} type
 * @property {string} [at]
 * @property {string} [rack_id]
 * @property {string} [floor]
 * @property {RackStatus | string} [status]
 * @property {number} [fence]
 * @property {number} [pass]
 * @property {boolean} [recount]
 * @property {string | null} [session_id]
 * @property {string | null} [user_id]
 * @property {Holder | string | null} [holder]
 * @property {string | null} [reason]
 * @property {Progress | null} [progress]
 * @property {number | null} [queue_length]
 * @property {number | null} [queue_age_s]
 * @property {Rack[]} [racks]
 * @property {string} [message]
 * @property {string} [level]
 * @property {string} [conflict_id]
 * @property {string} [conflict_type]
 * @property {string} [client_record_id]
 * @property {string} [resolution]
 * @property {string | null} [settled_by]
 * @property {string | null} [settled_by_name]
 * @property {string | null} [note]
 * @property {string} [username]
 * @property {string} [role]
 * @property {boolean} [online]
 * @property {Holder | null} [assigned_to]
 * @property {string | null} [taken_from]
 * @property {Holder | null} [by]
 * @property {string} [message_id]
 * @property {string | null} [device_id]
 * @property {string} [stocktake_id]
 * @property {string[]} [rack_ids]
 */
export {};
