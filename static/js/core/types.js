// @ts-check
/**
 * What travels on the wire, as typedefs. Nothing runs here.
 *
 * @typedef {"counter" | "device" | "supervisor" | "auditor" | "admin"} Role
 * @typedef {{user_id: string, username: string, name: string, role: Role, device_id: string | null}} User
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
 * @property {number} fence
 * @property {Holder | null} holder
 * @property {string | null} session_id
 * @property {string | null} lease_expires_at
 * @property {string | null} claimed_at
 * @property {string | null} last_heartbeat
 * @property {Progress | null} progress
 * @property {number | null} open_conflicts
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
 *
 * @typedef {object} Item
 * @property {string} item_code
 * @property {string | null} [barcode]
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
 * @property {number | null} rev       the server's revision, once it has one
 * @property {{kind: string, message: string, conflict_id?: string} | null} verdict   why it is parked
 *
 * @typedef {{queued: number, sending: number, parked: number, waiting: number, pieces: number}} Tally
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
 * @property {Rack[]} [racks]
 * @property {string} [message]
 * @property {string} [level]
 * @property {string} [conflict_id]
 * @property {string} [conflict_type]
 * @property {string} [client_record_id]
 * @property {string} [resolution]
 * @property {string} [username]
 * @property {string} [role]
 * @property {boolean} [online]
 */
export {};
