/**
 * The region that is looked at, drawn on a picture: by mouse, by finger, by arrow keys, and by four numbers.
 *
 * A region is `[left, top, right, bottom]` in the camera's own pixels, `[]` for the whole picture.
 */
import { html, nothing, svg } from "../../page/html.js";
import { button, field } from "../../page/parts/controls.js";

const SMALLEST_PX = 16;
const SIDES = ["left", "top", "right", "bottom"];
const CORNERS = [
  [0, 1],
  [2, 1],
  [0, 3],
  [2, 3],
];
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The region moved by `x` and `y`, or with `isSize` its right lower corner; always inside the picture. Pure. */
export function moved(region, [x, y], { width, height }, isSize) {
  const [left, top, right, bottom] = region;
  if (isSize)
    return [
      left,
      top,
      clamp(right + x, left + SMALLEST_PX, width),
      clamp(bottom + y, top + SMALLEST_PX, height),
    ];
  const dx = clamp(x, -left, width - right),
    dy = clamp(y, -top, height - bottom);
  return [left + dx, top + dy, right + dx, bottom + dy];
}

/** The region between two points, whichever is first; inside the picture and not too small. Pure. */
export function between([x1, y1], [x2, y2], { width, height }) {
  const [left, right] = ordered(clamp(x1, 0, width), clamp(x2, 0, width), width);
  const [top, bottom] = ordered(clamp(y1, 0, height), clamp(y2, 0, height), height);
  return [left, top, right, bottom];
}

const clamp = (value, low, high) => Math.round(Math.min(Math.max(value, low), high));
function ordered(first, second, end) {
  const low = Math.min(first, second, end - SMALLEST_PX);
  return [Math.max(low, 0), Math.max(first, second, low + SMALLEST_PX)];
}

/**
 * @param {object} page of the screen
 * @param {(region: number[]) => void} changed
 * @returns {{view: (of: {region: number[], src: string, width: number, height: number, wrong: string}) => any}}
 */
export function regionField(page, changed) {
  let drag = null;

  const begin = (of, grip) => (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    event.stopPropagation();
    const surface = event.currentTarget.ownerSVGElement ?? event.currentTarget;
    surface.setPointerCapture(event.pointerId);
    surface.focus({ preventScroll: true });
    drag = { at: place(surface, event, of), region: of.region, grip };
  };
  const go = (of) => (event) => {
    if (!drag) return;
    const now = place(event.currentTarget, event, of);
    if (drag.grip === "all") {
      changed(moved(drag.region, [now[0] - drag.at[0], now[1] - drag.at[1]], of, false));
    } else if (Array.isArray(drag.grip)) {
      const [x, y] = drag.grip;
      const fixed = [drag.region[x === 0 ? 2 : 0], drag.region[y === 1 ? 3 : 1]];
      changed(between(fixed, now, of));
    } else if (Math.hypot(now[0] - drag.at[0], now[1] - drag.at[1]) > SMALLEST_PX) changed(between(drag.at, now, of));
  };
  const end = () => {
    drag = null;
  };
  const pressed = (of) => (event) => {
    const step = KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    const length = event.altKey ? 1 : Math.max(1, Math.round(of.width / 50));
    const from = of.region.length ? of.region : quarter(of);
    changed(moved(from, [step[0] * length, step[1] * length], of, event.shiftKey));
  };

  return { view: (of) => html`<fieldset class="field region-field">${inside(of)}</fieldset>` };

  function inside(of) {
    const { region, src, width, height, wrong } = of;
    const known = src && width;
    return html`<legend>${page.t("cameras.region")}</legend>
      <p class="hint" id="region-hint">${page.t(known ? "cameras.region_hint" : "cameras.region_no_picture")}</p>
      ${known ? drawn(of) : nothing}
      <div class="row sides">
        ${SIDES.map((side, index) =>
          field({
            id: `region-${side}`,
            label: page.t(`cameras.region_${side}`),
            type: "number",
            min: 0,
            max: 65535,
            step: 1,
            unit: "px",
            value: region[index] ?? "",
            oninput: (text) => changed(typed(region, index, text, of)),
          }),
        )}
        ${button({
          label: page.t("cameras.region_all"),
          isDisabled: !region.length,
          onclick: () => changed([]),
        })}
      </div>
      ${wrong ? html`<p class="wrong" role="alert">${wrong}</p>` : nothing}
      <p class="hint" role="status">
        ${region.length ? page.t("cameras.region_part", { share: share(region, width, height) }) : page.t("cameras.region_whole")}
      </p>`;
  }

  function share(region, width, height) {
    if (!width || !region.every(Number.isFinite)) return "–";
    return page.format.percent((100 * (region[2] - region[0]) * (region[3] - region[1])) / (width * height));
  }

  function drawn(of) {
    const { region, src, width, height } = of;
    return html`<div class="region-picture">
      <img src=${src} alt=${page.t("cameras.region_picture")} draggable="false" />
      <svg
        viewBox="0 0 ${width} ${height}"
        preserveAspectRatio="none"
        tabindex="0"
        role="application"
        aria-label=${page.t("cameras.region_draw")}
        aria-describedby="region-hint"
        @pointerdown=${begin(of, "new")}
        @pointermove=${go(of)}
        @pointerup=${end}
        @pointercancel=${end}
        @keydown=${pressed(of)}
      >
        ${region.length === 4 && region.every(Number.isFinite) ? marked(of) : nothing}
      </svg>
    </div>`;
  }

  function marked(of) {
    const [left, top, right, bottom] = of.region;
    const around = `M0 0H${of.width}V${of.height}H0Z`;
    return svg`<path class="beyond" fill-rule="evenodd" d="${around}M${left} ${top}V${bottom}H${right}V${top}Z" />
      <rect class="edge" x=${left} y=${top} width=${Math.max(0, right - left)} height=${Math.max(0, bottom - top)}
        @pointerdown=${begin(of, "all")} />
      ${CORNERS.map(([x, y]) => corner(of, x, y))}`;
  }

  function corner(of, x, y) {
    return svg`<g class="corner" @pointerdown=${begin(of, [x, y])}>
      <circle class="reach" cx=${of.region[x]} cy=${of.region[y]} r=${of.width / 22} />
      <circle class="dot" cx=${of.region[x]} cy=${of.region[y]} r=${of.width / 90} />
    </g>`;
  }
}

const quarter = ({ width, height }) => [width / 4, height / 4, (3 * width) / 4, (3 * height) / 4].map(Math.round);

function place(surface, event, { width, height }) {
  const box = surface.getBoundingClientRect();
  return [
    ((event.clientX - box.left) / box.width) * width,
    ((event.clientY - box.top) / box.height) * height,
  ];
}

/** One number typed: the others are those of the whole picture where none were. */
function typed(region, index, text, { width, height }) {
  const whole = region.length ? [...region] : [0, 0, width || NaN, height || NaN];
  whole[index] = text.trim() === "" ? NaN : Number(text);
  return whole;
}

/** What is wrong with a region that was typed: a text's key, "" when nothing is. */
export function wrongRegion(region) {
  if (!region.length) return "";
  const isWhole = region.every((side) => Number.isInteger(side) && side >= 0 && side <= 65535);
  return isWhole && region[0] < region[2] && region[1] < region[3] ? "" : "cameras.wrong_region";
}
