/** Something asked in a dialog and sent to the box, which may answer with a secret that nothing can show again. */
import { html } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { explained } from "../../page/parts/notice.js";

/**
 * Ask in a dialog until the box takes it or it is left; gives what the box answered, `undefined` when nothing was sent.
 *
 * What is under way when the dialog is closed is waited for: it is done on the box.
 *
 * @param {object} page
 * @param {{title: string, action: string, view: (wrong: string) => any, send: () => Promise<any>, said?: (error: Error) => string}} of
 *   `send` may throw a text that `view` shows; `said`: what an answer of the box means
 */
export async function asked(page, { title, action, view, send, said = (error) => explained(page, error) }) {
  let wrong = "",
    answer,
    underWay = null;

  async function sent(done) {
    try {
      answer = await send();
      done();
    } catch (error) {
      wrong = typeof error === "string" ? error : said(error);
    }
  }
  const go = (done) => (event) => {
    event.preventDefault();
    if (underWay) return;
    wrong = "";
    underWay = sent(done).finally(() => {
      underWay = null;
      page.draw();
    });
    page.draw();
  };
  await page.dialog({
    title,
    view: (done) => html`<form id="asked" class="stack" novalidate @submit=${go(done)}>${view(wrong)}</form>`,
    foot: (done) =>
      html`${button({ label: page.t("page.cancel"), onclick: () => done() })}
      ${button({ label: action, kind: "primary", type: "submit", form: "asked", isBusy: underWay !== null })}`,
  });
  if (underWay && !answer) {
    await underWay;
    if (wrong) page.say("bad", wrong);
  }
  return answer;
}
