// @ts-check
/** <report-chart>: bars of names, or lines over time. The table behind it says the same in words. */
import uPlot from "uplot";
import { number, timeOfDay } from "../core/texts.js";

const TONES = ["--info", "--vest-edge", "--good", "--again", "--bad", "--line-strong"];
const HEIGHT_REM = 14;
const LONGEST_NAME = 14;
const SPANS_S = [900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 604_800];
const MARGIN = 20;
/** Pixels of a figure's sign, generously. */
const SIGN = 9;

/** @typedef {{names: string[], series: {name: string, figures: (number | null)[]}[], times?: number[]}} ChartData */

export class ReportChart extends HTMLElement {
  /** @type {uPlot | null} */
  #plot = null;
  /** @type {ChartData | null} */
  #data = null;
  #size = new ResizeObserver(() => this.#resize());

  connectedCallback() {
    this.#size.observe(this);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.#draw);
  }

  disconnectedCallback() {
    this.#size.disconnect();
    matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", this.#draw);
    this.#plot?.destroy();
  }

  /** @param {ChartData} data */
  set data(data) {
    this.#data = data;
    this.#draw();
  }

  #draw = () => {
    this.#plot?.destroy();
    this.#plot = null;
    if (!this.#data || !this.clientWidth) return;
    const { names, series, times } = this.#data;
    const xs = times ?? names.map((_, at) => at);
    this.#plot = new uPlot(this.#options(this.#data), [xs, ...series.map(({ figures }) => figures)], this);
  };

  #resize() {
    if (this.#plot) this.#plot.setSize({ width: this.clientWidth, height: this.#height() });
    else this.#draw();
  }

  #height() {
    return HEIGHT_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  /**
   * @param {ChartData} data
   * @returns {uPlot.Options}
   */
  #options({ names, series, times }) {
    const bars = uPlot.paths.bars?.({ size: [0.7, 90] });
    return {
      width: this.clientWidth,
      height: this.#height(),
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, ...(times ? {} : { range: () => [-0.6, names.length - 0.4] }) }, y: { range: nought } },
      axes: [this.#axisX(names, times), this.#axisY()],
      series: [{}, ...series.map(({ name }, at) => this.#line(name, at, times && series.length > 1 ? undefined : bars))],
    };
  }

  /**
   * @param {string} label
   * @param {number} at
   * @param {uPlot.Series.PathBuilder} [paths]
   * @returns {uPlot.Series}
   */
  #line(label, at, paths) {
    const tone = this.#token(TONES[at % TONES.length] ?? "--info");
    return { label, stroke: tone, width: 2.5, spanGaps: true, ...(paths ? { fill: tone, paths, points: { show: false } } : {}) };
  }

  /**
   * @param {string[]} names
   * @param {number[]} [times]
   * @returns {uPlot.Axis}
   */
  #axisX(names, times) {
    /** @type {(u: uPlot, ticks: number[]) => string[]} */
    const byTime = (_, ticks) => ticks.map((tick) => timeOfDay(tick * 1000));
    /** @type {(u: uPlot, ticks: number[]) => string[]} */
    const byName = (_, ticks) => ticks.map((tick) => short(names[tick] ?? ""));
    const whole = { splits: () => names.map((_, at) => at), rotate: names.length > 5 ? -35 : 0, size: names.length > 5 ? 84 : 40 };
    return { ...this.#axis(), values: times ? byTime : byName, ...(times ? { incrs: SPANS_S } : whole) };
  }

  /** @returns {uPlot.Axis} */
  #axisY() {
    return { ...this.#axis(), size: (_, ticks) => MARGIN + SIGN * Math.max(3, ...(ticks ?? []).map(({ length }) => length)), values: (_, ticks) => ticks.map((tick) => number(tick)) };
  }

  /** @returns {uPlot.Axis} */
  #axis() {
    const { fontFamily, fontSize } = getComputedStyle(this);
    const line = this.#token("--line");
    return { stroke: this.#token("--ink-soft"), font: `${fontSize} ${fontFamily}`, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  }

  /** @param {string} name */
  #token(name) {
    this.style.color = `var(${name})`; // light-dark() is resolved only in a property that takes a colour
    const { color } = getComputedStyle(this);
    this.style.color = "";
    return color;
  }
}

/**
 * @param {uPlot} _
 * @param {number} low
 * @param {number} high
 * @returns {[number, number]}
 */
function nought(_, low, high) {
  const [from, to] = [Math.min(0, low ?? 0), Math.max(0, high ?? 1)];
  return [from * 1.05, to * 1.05 || 1];
}

/** @param {string} name */
function short(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

customElements.define("report-chart", ReportChart);
