/**
 * The frame around the screens: who is logged in, the navigation, what is said at the edge, and which screen is open.
 *
 * One `draw()` renders all of it, at most once a frame. A screen is opened by the hash of the address; the former one
 * is closed first. Without a session there is the login, and afterwards the place that was wanted.
 */
import { html, nothing, render } from "./html.js";
import { makeApi } from "./api.js";
import { makeDialogs } from "./dialogs.js";
import { makeFormat } from "./format.js";
import { icon } from "./icons.js";
import { makePage } from "./page.js";
import { routeOf } from "./router.js";
import { FIRST, ON_BAR, SCREENS, screenOf } from "./screens.js";
import { choose, LANGUAGES, language, makeTexts } from "./texts.js";
import { makeToasts } from "./toasts.js";
import { LOOK_MS, makeWrong } from "./wrong.js";
import { problemNotice } from "./parts/notice.js";

const THEMES = ["", "light", "dark"];

/** Begin the page in `root`. */
export async function start(root) {
  const texts = makeTexts(language());
  const state = {
    me: null,
    box: { name: "" },
    page: null,
    screen: null,
    current: "",
    problem: null,
    opening: 0,
    wrong: 0,
    isTouched: false,
    kept: null,
  };
  let isDrawing = false;
  let isStatic = root.firstElementChild !== null;

  const draw = () => {
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      if (isStatic) return takeOver();
      render(frame(), root);
    });
  };
  /** The document shows a login before any module is there: take its place, with what was typed into it. */
  function takeOver() {
    if (!state.screen) return;
    const typed = [...root.querySelectorAll("input")].map(({ id, value }) => ({ id, value }));
    const focused = document.activeElement?.id;
    isStatic = false;
    root.replaceChildren();
    render(frame(), root);
    for (const { id, value } of typed) {
      const input = root.querySelector(`#${id}`);
      if (input && value) Object.assign(input, { value }).dispatchEvent(new Event("input"));
    }
    if (focused) root.querySelector(`#${focused}`)?.focus();
  }
  const api = makeApi((problem) => {
    if (!state.me?.user) return;
    keep();
    leave(problem);
  });
  const toasts = makeToasts(draw, texts.t);
  const dialogs = makeDialogs(draw, texts.t);
  const shell = {
    t: texts.t,
    has: texts.has,
    language: texts.language,
    loadTexts: texts.load,
    format: makeFormat(texts.language),
    api,
    draw,
    say: toasts.say,
    confirm: dialogs.confirm,
    dialog: dialogs.open,
    go: (hash) => {
      location.hash = hash;
    },
    get me() {
      return state.me;
    },
    get box() {
      return state.box;
    },
    /** Ask again who one is: after logging in, and when rights or names have changed. */
    refresh,
    leave,
    /** How many things are wrong now, for the navigation to show. */
    setWrong(count) {
      if (count === state.wrong) return;
      state.wrong = count;
      draw();
    },
  };

  shell.wrong = makeWrong(shell);

  async function refresh() {
    [state.me] = await Promise.all([api.get("/session"), lookAtBox()]);
    if (isWanted(state.kept)) return goOn();
    drop();
    await open();
  }

  /** A session that ends does not take what somebody has filled in: the screen waits unseen for the same user. */
  function keep() {
    if (!state.isTouched || !state.screen || dialogs.areOpen()) return;
    state.kept = {
      page: state.page,
      screen: state.screen,
      current: state.current,
      me: state.me,
      hash: location.hash,
    };
    state.page = state.screen = null;
  }
  const isWanted = (kept) =>
    kept !== null &&
    kept.me.user === state.me.user &&
    kept.me.role === state.me.role &&
    kept.hash === location.hash;
  function drop() {
    state.kept?.page.close();
    state.kept?.screen.close?.();
    state.kept = null;
  }
  function goOn() {
    const { page, screen, current } = state.kept;
    state.opening += 1;
    state.page?.close();
    state.screen?.close?.();
    Object.assign(state, { page, screen, current, kept: null, problem: null });
    document.title = titleOf(current);
    toasts.say("good", texts.t("page.still_there"));
    draw();
    announce();
  }

  /** What anybody is told of the box: its name, how far its first run is, where the first password is. */
  async function lookAtBox() {
    try {
      Object.assign(state.box, await api.get("/setup"));
    } catch (error) {
      console.info(error.message); // the page works without
    }
    draw();
  }

  /** The session is over: the login, with why. */
  function leave(problem = null) {
    dialogs.closeAll();
    state.me = { user: "" };
    state.problem = problem;
    delete state.box.typed;
    open();
    lookAtBox();
  }

  async function open() {
    const turn = ++state.opening;
    const route = routeOf(location.hash);
    const first = state.me.may_administer && state.box.done === false ? "setup" : FIRST;
    const wanted = state.me.user ? (screenOf(route.screen || first) ?? screenOf(FIRST)) : null;
    state.page?.close();
    state.screen?.close?.();
    Object.assign(state, { screen: null, page: null, current: wanted?.name ?? "login", isTouched: false });
    draw();
    const page = makePage({ shell, route, isAway: () => state.kept?.page === page });
    Object.defineProperty(page, "me", { get: () => state.me });
    Object.defineProperty(page, "box", { get: () => state.box });
    try {
      const module = wanted ? await wanted.load() : await import("../screens/login.js");
      await Promise.all((module.areas ?? []).map(texts.load));
      if (turn !== state.opening) return page.close();
      state.page = page;
      if (wanted) page.every(LOOK_MS, shell.wrong.look);
      state.problem = wanted ? null : state.problem;
      const screen = await module.open(page, wanted ? undefined : state.problem);
      if (turn !== state.opening) return screen.close?.();
      state.screen = screen;
    } catch (error) {
      if (turn !== state.opening || error.name === "AbortError") return page.close();
      console.error(error);
      state.screen = { view: () => problemNotice(shell, error, open) };
    }
    document.title = titleOf(state.current);
    draw();
    announce();
  }

  const titleOf = (name) => [texts.t(`page.${name}`), state.box.name || "sophon-report"].join(" · ");

  /** Whoever came here by a link of the navigation goes on at the heading, as on a new page. */
  let isFirst = true;
  function announce() {
    if (!isFirst) requestAnimationFrame(() => root.querySelector("main h1")?.focus({ preventScroll: true }));
    isFirst = false;
    window.scrollTo(0, 0);
  }

  root.addEventListener("input", () => (state.isTouched = true));

  addEventListener("hashchange", () => {
    if (!state.me) return; // the first look at the box is under way: it ends where the address leads then
    dialogs.closeAll(); // what lies over one place has no business at another
    const route = routeOf(location.hash);
    if (state.page && state.screen?.moved && route.screen === state.page.route.screen) {
      state.page.route = route;
      if (state.screen.moved(route)) return draw();
    }
    open();
  });

  const view = () => state.screen?.view() ?? html`<p class="soft" role="status">${texts.t("page.opening")}</p>`;
  const frame = () =>
    html` ${state.me?.user ? inside() : html`<main class="alone" id="main">${view()}</main>`}
    ${dialogs.view()}${toasts.view()}`;

  const inside = () =>
    html` <a class="skip" href="#main" @click=${skip}>${texts.t("page.skip")}</a>
      <div class="frame">
        <nav class="side" aria-label=${texts.t("page.navigation")}>
          <a class="brand" href="#/"
            ><img
              src=${new URL("../look/icon.svg", import.meta.url).pathname}
              alt=""
            />${state.box.name || "sophon-report"}</a
          >
          <ul>
            ${SCREENS.map((each) => html`<li>${way(each)}</li>`)}
          </ul>
          <div class="foot">${account()}</div>
        </nav>
        <main class="main" id="main" tabindex="-1">${view()}</main>
        <nav class="bar" aria-label=${texts.t("page.navigation")}>
          ${ON_BAR.map((name) => way(screenOf(name)))}
          <button
            class="way"
            type="button"
            aria-haspopup="dialog"
            aria-current=${ON_BAR.includes(state.current) ? nothing : "true"}
            @click=${more}
          >
            ${icon("more")}${texts.t("page.more")}
          </button>
        </nav>
      </div>`;

  const skip = (event) => {
    event.preventDefault();
    root.querySelector("#main").focus();
  };
  const count = (name) =>
    name === "live" && state.wrong
      ? html`<span class="count" aria-label=${texts.t("page.wrong", { count: state.wrong })}>${state.wrong}</span>`
      : nothing;
  const way = ({ name, icon: picture }) =>
    html` <a class="way" href="#/${name}" aria-current=${name === state.current ? "page" : nothing}
      >${icon(picture)}<span>${texts.t(`page.${name}`)}</span>${count(name)}</a
    >`;
  const account = () =>
    html` <a class="way" href="#/account" aria-current=${state.current === "account" ? "page" : nothing}
        >${icon("user")}<span class="clip">${state.me.user}</span></a
      >
      <div class="row">${languageButton()}${themeButton()}</div>`;

  const languageButton = () => {
    const other = texts.language === "zh" ? "en" : "zh";
    return html`<button class="button quiet" type="button" lang=${other} @click=${() => choose("language", other)}>
      ${icon("language")}${LANGUAGES[other]}
    </button>`;
  };
  const themeButton = () => {
    const now = document.documentElement.dataset.theme ?? "";
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    return html`<button
      class="button quiet square"
      type="button"
      aria-label=${texts.t(`page.theme_${now || "auto"}`)}
      title=${texts.t(`page.theme_${now || "auto"}`)}
      @click=${() => choose("theme", next)}
    >
      ${icon("moon")}
    </button>`;
  };

  const more = () =>
    dialogs.open({
      title: texts.t("page.more"),
      view: (done) =>
        html`<nav
          class="menu"
          aria-label=${texts.t("page.more")}
          @click=${(event) => event.target.closest("a") && done()}
        >
          ${SCREENS.filter(({ name }) => !ON_BAR.includes(name)).map(way)}${account()}
        </nav>`,
    });

  shell.languageButton = languageButton;
  shell.themeButton = themeButton;
  if (isStatic) return leave();
  try {
    await refresh();
  } catch (error) {
    leave(error.status === 401 ? null : error);
  }
}
