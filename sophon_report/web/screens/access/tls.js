/**
 * The box's certificate: which one there is, one of your own, one that the box makes itself, none.
 *
 * A part of the screen "access"; its texts are of the area "tls".
 */
import { html, nothing } from "../../page/html.js";
import { area, button, check } from "../../page/parts/controls.js";
import { fileField } from "../../page/parts/files.js";
import { notice, problemNotice } from "../../page/parts/notice.js";
import { badge, empty, facts } from "../../page/parts/pieces.js";

const USUAL_PORT = 8443;
const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const MAX_FILE_BYTES = 65_536;

/** What is wrong, as the box says it in `code`, is in the page's words when there are some. */
const explains = (page, problem) => page.has(`tls.problem_${problem?.code}`);

export const areas = ["tls"];
/** As a part of a screen that is opened by itself. */
export const open = async (page) => tlsPart(page);

/** @returns {{view: () => any, close: () => void}} */
export function tlsPart(page) {
  let state = null,
    problem = null,
    busy = "",
    shown = "",
    isOver = false;
  const brought = { certificate: "", key: "" };
  const wanted = { names: "", isServed: true };
  const { t, format } = page;

  const draw = () => isOver || page.draw();
  const isServed = () => Boolean(state?.ports.some((each) => each.key === "server.tls_api_port" && each.port));

  async function ask(what, call) {
    if (busy) return;
    [busy, problem] = [what, null];
    draw();
    try {
      state = await call();
      return true;
    } catch (error) {
      if (error.name !== "AbortError") problem = error;
      return false;
    } finally {
      busy = "";
      draw();
    }
  }
  const read = () => ask("read", () => page.api.get("/tls", { signal: page.signal }));
  const port = () => (wanted.isServed && !isServed() ? { port: USUAL_PORT } : {});

  async function taken(isDone) {
    if (!isDone) return;
    Object.assign(brought, { certificate: "", key: "" });
    shown = "";
    page.say("good", t("tls.in_use"));
  }
  const make = async (event) => {
    event.preventDefault();
    const names = wanted.names.split(/[\s,;，；]+/).filter(Boolean);
    await taken(await ask("make", () => page.api.post("/tls/self-signed", { names, ...port() })));
  };
  const take = async (event) => {
    event.preventDefault();
    await taken(await ask("take", () => page.api.post("/tls", { ...brought, ...port() })));
  };
  async function remove() {
    const isSure = await page.confirm({ title: t("tls.remove_title"), body: t("tls.remove_body"), action: t("tls.remove") });
    if (!isSure) return;
    const isDone = await ask("remove", async () => {
      await page.api.delete("/tls");
      return page.api.get("/tls", { signal: page.signal });
    });
    if (isDone) page.say("good", t("tls.removed"));
  }

  async function fill(part, [file]) {
    if (file.size > MAX_FILE_BYTES) return page.say("bad", t("tls.file_too_large"));
    const text = await file.text();
    brought[part] = text;
    // Many programs write both into one file.
    if (part === "certificate" && text.includes("PRIVATE KEY-----") && !brought.key) brought.key = text;
    draw();
  }

  function show(what) {
    [shown, problem] = [shown === what ? "" : what, null];
    if (what === "make" && !wanted.names) wanted.names = [...new Set([location.hostname, ...state.names])].join("\n");
    draw();
  }

  const ending = (at_ms) => {
    const days = Math.floor((at_ms - Date.now()) / DAY_MS);
    if (days < 0) return badge("bad", t("tls.expired"));
    return days < SOON_DAYS ? badge("warn", t("tls.ends_soon", { days })) : badge("good", t("tls.valid"));
  };

  const told = ({ certificate, problem: why, origin }) =>
    certificate
      ? html`${why ? notice("bad", html`<p>${t("tls.unusable")}</p><p class="soft">${why}</p>`) : nothing}
          ${facts([
            [t("tls.state"), ending(certificate.not_after_ms)],
            [t("tls.origin"), t(`tls.origin_${origin}`)],
            [t("tls.names"), html`<span class="wrap">${certificate.names.join(", ")}</span>`],
            [t("tls.issuer"), certificate.self_signed ? t("tls.itself") : certificate.issuer],
            [t("tls.until"), format.date(certificate.not_after_ms)],
            [t("tls.kind"), certificate.key],
            [t("tls.fingerprint"), html`<code class="wrap">${certificate.fingerprint_sha256}</code>`],
          ])}`
      : why
        ? notice("bad", html`<p>${t("tls.unusable")}</p><p class="soft">${why}</p>`)
        : empty({ icon: "key", title: t("tls.none"), body: t("tls.none_body") });

  const ports = () =>
    state.ports
      .filter((each) => each.port || each.open)
      .map((each) => {
        const what = t(`tls.port_${each.key.split(".")[1]}`);
        if (each.waits && !each.port) return notice("info", t("tls.port_closes", { what, port: each.open }));
        if (each.waits) return notice("info", t("tls.port_waits", { what, port: each.port }));
        return html`<p>${t("tls.port_open", { what, port: each.port })}</p>`;
      });

  const served = () =>
    isServed()
      ? nothing
      : check({
          id: "tls-served",
          label: t("tls.serve", { port: USUAL_PORT }),
          hint: t("tls.serve_hint"),
          value: wanted.isServed,
          onchange: (value) => (wanted.isServed = value),
        });

  const wrongIn = (...parts) => parts.map((part) => (problem?.of?.(part) ? words() : "")).find(Boolean) ?? "";
  const words = () => (explains(page, problem) ? t(`tls.problem_${problem.code}`) : problem.message);
  const wrong = () =>
    !problem
      ? nothing
      : explains(page, problem)
        ? notice("bad", html`<p>${words()}</p><p class="soft small">${problem.message}</p>`)
        : problemNotice(page, problem);

  const bringing = () =>
    html`<form class="stack" @submit=${take}>
      <p class="soft">${t("tls.bring_lead")}</p>
      ${["certificate", "key"].map(
        (part) =>
          html`${fileField({ id: `tls-${part}-file`, label: t(`tls.${part}_file`), hint: t("tls.file_hint"), accept: ".pem,.crt,.cer,.key,.txt", onfiles: (files) => fill(part, files) })}
          ${area({
            id: `tls-${part}`,
            label: t(`tls.${part}`),
            value: brought[part],
            rows: 5,
            placeholder: part === "key" ? "-----BEGIN PRIVATE KEY-----" : "-----BEGIN CERTIFICATE-----",
            wrong: wrongIn(part),
            oninput: (value) => {
              brought[part] = value;
              draw();
            },
          })}`,
      )}
      ${served()}
      <div class="row">
        ${button({ label: t("tls.take"), kind: "primary", type: "submit", isBusy: busy === "take", isDisabled: !brought.certificate || !brought.key })}
        ${button({ label: t("page.cancel"), kind: "quiet", onclick: () => show("take") })}
      </div>
    </form>`;

  const making = () =>
    html`<form class="stack" @submit=${make}>
      <p class="soft">${t("tls.make_lead")}</p>
      ${area({
        id: "tls-names",
        label: t("tls.names"),
        value: wanted.names,
        rows: 4,
        hint: t("tls.names_hint"),
        wrong: wrongIn("names"),
        oninput: (value) => (wanted.names = value),
      })}
      ${served()}
      <div class="row">
        ${button({ label: t("tls.make_now"), kind: "primary", type: "submit", isBusy: busy === "make" })}
        ${button({ label: t("page.cancel"), kind: "quiet", onclick: () => show("make") })}
      </div>
    </form>`;

  const actions = () =>
    html`<div class="row">
      ${button({ label: t("tls.bring"), icon: "upload", isPressed: shown === "take", onclick: () => show("take") })}
      ${button({ label: t("tls.make"), icon: "plus", isPressed: shown === "make", onclick: () => show("make") })}
      ${state.origin === "page" ? button({ label: t("tls.remove"), icon: "trash", kind: "danger", isBusy: busy === "remove", onclick: remove }) : nothing}
    </div>`;

  page.loadTexts("tls").then(read, (error) => {
    problem = error;
    draw();
  });
  return {
    view: () =>
      html`<section class="card" aria-labelledby="tls-title" aria-busy=${state ? "false" : "true"}>
        <div class="stack tight">
          <h2 id="tls-title">${t("tls.title")}</h2>
          <p class="soft">${t("tls.lead")}</p>
        </div>
        ${state ? html`${told(state)} ${ports()}` : nothing}
        <div role="status">${wrong()}</div>
        ${state && page.me.may_administer ? actions() : nothing}
        ${shown === "take" ? bringing() : shown === "make" ? making() : nothing}
      </section>`,
    close() {
      isOver = true;
      Object.assign(brought, { certificate: "", key: "" });
    },
  };
}
