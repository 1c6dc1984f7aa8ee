/** The fields that every form of a person has, and how one is shown. */
import { hashOf } from "../../page/router.js";
import { check, select } from "../../page/parts/controls.js";
import { groupNames, KINDS, kindOptions } from "../../page/parts/people.js";
import { picture } from "../../page/parts/pieces.js";
import { html, nothing } from "../../page/html.js";

/** Where somebody's page is. */
export const placeOf = (identity_id) => hashOf(["people", "person", identity_id]);

/** A field to choose the kind by. */
export const kindField = (page, value, onchange) =>
  select({
    id: "kind",
    label: page.t("people.kind"),
    value,
    options: kindOptions(page, [...new Set([...KINDS, value])]),
    onchange,
  });

/** Fields to choose groups by; `chosen` is a Set that is changed. */
export const groupFields = (page, groups, chosen, label = page.t("people.groups")) =>
  groups.length === 0
    ? nothing
    : html`<fieldset class="field">
        <legend>${label}</legend>
        <div class="people-groups">
          ${[...groupNames(groups)].map(([id, name], index) =>
            check({
              id: `group-${index}`,
              label: name,
              value: chosen.has(id),
              onchange: (isIn) => {
                chosen[isIn ? "add" : "delete"](id);
                page.draw();
              },
            }),
          )}
        </div>
      </fieldset>`;

/** A photo of somebody, small: beside their name, which says who it is. */
export const face = (page, photo_id) =>
  picture({
    src: photo_id ? page.api.url(`/photos/${encodeURIComponent(photo_id)}?width=96`) : "",
    alt: "",
    kind: "face",
  });
