/**
 * Calls of the box's own REST, `/api/v1`. The session is a cookie that no script can read.
 *
 * What was refused is thrown as a {@link Problem}; whoever shows it goes by its `code`.
 */

const ROOT = "/api/v1";

/** Why a call came to nothing. */
export class Problem extends Error {
  /**
   * @param {string} code stable, such as `NOT_FOUND`; `NO_CONNECTION` when the box did not answer
   * @param {string} detail in the words of the box, English
   * @param {{detail: string, pointer?: string, parameter?: string}[]} fields what is wrong where
   * @param {number} status of HTTP; 0 without an answer
   * @param {number|null} wait_s after how long it is worth another try
   */
  constructor(code, detail, fields = [], status = 0, wait_s = null) {
    super(detail || code);
    Object.assign(this, { code, detail, fields, status, wait_s });
  }

  /** What is wrong with one field of the body, such as `url` or `transport/headers`; "" when nothing is. */
  of(name) {
    const found = this.fields.find((each) => each.pointer === `#/${name}` || each.parameter === name);
    return found ? found.detail : "";
  }
}

/**
 * @param {(problem: Problem) => void} onSessionOver is told when the box wants a new login
 */
export function makeApi(onSessionOver) {
  async function call(method, path, body, { ifMatch, signal, type } = {}) {
    const headers = { "X-Sophon-Page": "1", Accept: "application/json, */*" };
    if (ifMatch) headers["If-Match"] = ifMatch;
    const isRaw = body instanceof Blob || body instanceof ArrayBuffer;
    if (body !== undefined)
      headers["Content-Type"] = isRaw ? type || body.type || "application/octet-stream" : "application/json";
    const sent = body === undefined || isRaw ? body : JSON.stringify(body);
    let answer;
    try {
      answer = await fetch(ROOT + path, {
        method,
        headers,
        body: sent,
        signal,
        credentials: "same-origin",
        cache: "no-cache",
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem("NO_CONNECTION", "");
    }
    if (!answer.ok) throw await refused(answer);
    return answer;
  }

  async function refused(answer) {
    let told = {};
    try {
      told = await answer.json();
    } catch {
      // Something between the page and the box answered in its own words.
    }
    const wait_s = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
    const problem = new Problem(
      told.code || "NO_CONNECTION",
      told.detail || told.title || "",
      told.errors || [],
      answer.status,
      Number.isNaN(wait_s) ? null : wait_s,
    );
    if (answer.status === 401) onSessionOver(problem);
    return problem;
  }

  const json = async (...of) => {
    const answer = await call(...of);
    const value = await answer.json();
    const etag = answer.headers.get("ETag");
    if (etag && value && typeof value === "object") Object.defineProperty(value, "etag", { value: etag });
    return value;
  };

  return {
    get: (path, options) => json("GET", path, undefined, options),
    post: (path, body, options) => json("POST", path, body, options),
    put: (path, body, options) => json("PUT", path, body, options),
    patch: (path, body, options) => json("PATCH", path, body, options),
    delete: (path, options) => json("DELETE", path, options?.body, options),
    /** The answer's bytes, such as a picture. */
    blob: async (path, options) => (await call("GET", path, undefined, options)).blob(),
    /** Where an `<img>` or a download link finds it; the cookie goes along. */
    url: (path) => ROOT + path,
  };
}

/** `?a=1&b=x` of what is neither empty nor missing; lists give one pair each. */
export function query(values) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== "" && each !== false) pairs.append(name, String(each));
    }
  }
  const text = pairs.toString();
  return text ? `?${text}` : "";
}
