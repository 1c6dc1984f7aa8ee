/**
 * Visits over time as bars. A range is chosen with the mouse, a finger or the keyboard, and is shown larger then.
 *
 * Keys: left and right go from bar to bar, with Shift they choose, Enter shows what is chosen, Escape lets go of it.
 */
import { html, nothing, svg } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";
import { DAY_MS, during, HOUR_MS, placeOf, questionOf, SPANS, timeOf } from "./range.js";

const BUCKETS = 120;
const HIGH = 100;
const SHORTEST_MS = 1000;
const LABELS = 5;

/**
 * @param {object} page
 * @param {() => object} wanted what is asked for now
 * @returns {{view: () => any, reload: () => Promise<void>, told: () => object|null}}
 */
export function timeline(page, wanted) {
  let told = null,
    problem = null,
    at = 0,
    chosen = null,
    isPulling = false,
    turn = 0;

  async function reload() {
    const mine = ++turn;
    chosen = null;
    try {
      const path = `/events/histogram${questionOf(wanted(), timeOf(wanted(), Date.now()), { buckets: BUCKETS })}`;
      const answer = await page.api.get(path, { signal: page.signal });
      if (mine !== turn) return;
      // What was chosen meanwhile was chosen among the bars of before.
      [told, problem, chosen, isPulling] = [answer, null, null, false];
      at = Math.max(0, told.buckets.length - 1);
    } catch (error) {
      if (error.name === "AbortError" || mine !== turn) return;
      problem = error;
    }
    page.draw();
  }

  const count = () => told.buckets.length;
  const begin_ms = (index) => (index < count() ? told.buckets[index].from_ms : told.end_ms);
  const go = (from_ms, to_ms) => page.go(placeOf(during(wanted(), Math.max(0, from_ms), Math.max(1, to_ms))));

  function show() {
    const [low, high] = edges(chosen ?? { from: at, to: at });
    const [from_ms, to_ms] = [begin_ms(low), begin_ms(high + 1) - 1];
    if (to_ms - from_ms >= SHORTEST_MS) go(from_ms, to_ms);
  }
  function shift(part) {
    const length_ms = told.end_ms - begin_ms(0);
    go(begin_ms(0) + length_ms * part, told.end_ms - 1 + length_ms * part);
  }
  const wider = () => {
    const length_ms = told.end_ms - begin_ms(0);
    go(begin_ms(0) - length_ms / 2, told.end_ms - 1 + length_ms / 2);
  };

  function pressed(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 }[event.key];
    const end = { Home: 0, End: count() - 1 }[event.key];
    if (step !== undefined || end !== undefined) {
      const next = Math.min(count() - 1, Math.max(0, end ?? at + step));
      chosen = event.shiftKey ? { from: chosen?.from ?? at, to: next } : null;
      at = next;
    } else if (event.key === "Enter" || event.key === " ") show();
    else if (event.key === "Escape" && chosen) chosen = null;
    else return;
    event.preventDefault();
    page.draw();
  }

  const under = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(count() - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * count())));
  };
  function down(event) {
    if (event.button) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    isPulling = true;
    at = under(event);
    chosen = { from: at, to: at };
    page.draw();
  }
  function move(event) {
    if (!isPulling) return;
    at = under(event);
    chosen = { from: chosen.from, to: at };
    page.draw();
  }
  function up() {
    if (!isPulling) return;
    isPulling = false;
    // A press on one bar only says what it is.
    if (chosen.from === chosen.to) chosen = null;
    else show();
    page.draw();
  }
  const lost = () => {
    [isPulling, chosen] = [false, null];
    page.draw();
  };

  const words = () => {
    const [low, high] = edges(chosen ?? { from: at, to: at });
    const some = told.buckets.slice(low, high + 1);
    const isCounted = some.every((each) => each.events !== null);
    const sum = (name) => page.format.number(some.reduce((all, each) => all + each[name], 0));
    const values = { from: page.format.moment(begin_ms(low)), to: page.format.moment(begin_ms(high + 1)) };
    return isCounted
      ? page.t("history.bar", { ...values, events: sum("events"), strangers: sum("strangers") })
      : page.t("history.bar_not_counted", values);
  };

  const bars = () => {
    const most = Math.max(1, ...told.buckets.map((each) => each.events ?? 0));
    return told.buckets.map((each, index) => {
      if (each.events === null)
        return svg`<rect class="unknown" x=${index} y="0" width="1" height=${HIGH}></rect>`;
      if (!each.events) return nothing;
      const all = Math.max(2, (each.events / most) * HIGH);
      const strangers = (each.strangers / each.events) * all;
      const x = index + 0.08;
      return svg`<rect class="known" x=${x} y=${HIGH - all} width="0.84" height=${all}></rect>
        <rect class="strangers" x=${x} y=${HIGH - all} width="0.84" height=${strangers}></rect>`;
    });
  };
  const marked = () => {
    if (!chosen) return svg`<rect class="at" x=${at} y="0" width="1" height=${HIGH}></rect>`;
    const [low, high] = edges(chosen);
    return svg`<rect class="chosen" x=${low} y="0" width=${high - low + 1} height=${HIGH}></rect>`;
  };

  const chart = () =>
    html` <div
        class="timeline"
        role="slider"
        tabindex="0"
        aria-label=${page.t("history.timeline")}
        aria-describedby="timeline-keys"
        aria-valuemin="0"
        aria-valuemax=${count() - 1}
        aria-valuenow=${at}
        aria-valuetext=${words()}
        @keydown=${pressed}
        @pointerdown=${down}
        @pointermove=${move}
        @pointerup=${up}
        @pointercancel=${lost}
      >
        <svg viewBox="0 0 ${count()} ${HIGH}" preserveAspectRatio="none" aria-hidden="true">${bars()}${marked()}</svg>
      </div>
      <div class="timeline-labels soft small" aria-hidden="true">${labels().map((each) => html`<span>${each}</span>`)}</div>
      <div class="row small">
        <p class="grow figures">${words()}</p>
        <span class="timeline-key known">${page.t("history.known")}</span>
        <span class="timeline-key strangers">${page.t("history.strangers")}</span>
      </div>
      <p class="soft small" id="timeline-keys">${page.t("history.timeline_hint", { zone: zone() })}</p>`;

  const labels = () => {
    const [from_ms, length_ms] = [begin_ms(0), told.end_ms - begin_ms(0)];
    const say = length_ms > 3 * DAY_MS ? page.format.date : length_ms > 12 * HOUR_MS ? page.format.moment : page.format.time;
    return Array.from({ length: LABELS }, (_, index) => say(from_ms + (length_ms * index) / (LABELS - 1)));
  };

  const spans = () => {
    const now = wanted();
    return Object.keys(SPANS).map((span) =>
      button({
        label: page.t(`history.span_${span}`),
        isPressed: !now.from && (now.span ?? "all") === span,
        onclick: () => {
          const { from: _from, to: _to, ...rest } = now;
          page.go(placeOf({ ...rest, span: span === "all" ? "" : span }));
        },
      }),
    );
  };

  return {
    reload,
    told: () => told,
    problem: () => problem,
    view: () => html` <section class="card" aria-label=${page.t("history.timeline")}>
      <div class="row">
        <div class="row history-spans" role="group" aria-label=${page.t("history.span")}>${spans()}</div>
        ${
          told
            ? html`<div class="row">
                ${button({ label: page.t("history.earlier"), icon: "left", isSquare: true, kind: "quiet", onclick: () => shift(-1) })}
                ${button({ label: page.t("history.later"), icon: "right", isSquare: true, kind: "quiet", onclick: () => shift(1) })}
                ${button({ label: page.t("history.wider"), icon: "full", isSquare: true, kind: "quiet", onclick: wider })}
              </div>`
            : nothing
        }
      </div>
      ${told && count() ? chart() : nothing}
      ${told && !told.complete ? notice("warn", page.t("history.not_all_counted")) : nothing}
    </section>`,
  };
}

const edges = ({ from, to }) => [Math.min(from, to), Math.max(from, to)];

/** The browser's time zone: `Asia/Shanghai, UTC+08:00`. */
export function zone() {
  const offset_min = -new Date().getTimezoneOffset();
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(Math.abs(offset_min) / 60), Math.abs(offset_min) % 60];
  return `${Intl.DateTimeFormat().resolvedOptions().timeZone}, UTC${offset_min < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
}
