/** A photo by the camera of whoever looks at the page. Browsers allow it only by https, or on the box itself. */
import { html, nothing, ref } from "../../page/html.js";
import { button } from "../../page/parts/controls.js";
import { notice } from "../../page/parts/notice.js";
import { drawn } from "./shrink.js";

const WANTED = { video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
const WHY = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
};

/**
 * @param {object} page
 * @param {(blob: Blob) => void} onphoto is given each photo that is taken
 */
export function webcam(page, onphoto) {
  let stream = null,
    isOpening = false,
    isOver = false,
    why = "",
    video = null;

  async function start() {
    if (!navigator.mediaDevices?.getUserMedia) why = "insecure";
    else await opened();
    page.draw();
  }
  async function opened() {
    [isOpening, why] = [true, ""];
    page.draw();
    try {
      const given = await navigator.mediaDevices.getUserMedia(WANTED);
      if (isOver) given.getTracks().forEach((track) => track.stop());
      else stream = given;
    } catch (error) {
      why = WHY[error.name] ?? "failed";
    }
    isOpening = false;
  }
  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    page.draw();
  }
  async function take() {
    if (video?.videoWidth) onphoto(await drawn(video, video.videoWidth, video.videoHeight));
  }
  const kept = (element) => {
    video = element ?? null;
    if (video && video.srcObject !== stream) video.srcObject = stream;
  };

  const closed = () =>
    html`<div>
      ${button({ label: page.t("people.webcam"), icon: "camera", isBusy: isOpening, onclick: start })}
    </div>`;
  const open = () =>
    html`<div class="people-webcam">
      <video autoplay muted playsinline aria-label=${page.t("people.webcam_picture")} ${ref(kept)}></video>
      <div class="row">
        ${button({ label: page.t("people.webcam_take"), kind: "primary", icon: "picture", onclick: take })}
        ${button({ label: page.t("people.webcam_stop"), onclick: stop })}
      </div>
    </div>`;
  return {
    view: () =>
      html`${stream ? open() : closed()}${why ? notice("warn", page.t(`people.webcam_${why}`)) : nothing}`,
    close() {
      isOver = true;
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
    },
  };
}
