/** Times, sizes and figures as people read them, in the page's language and the browser's time zone. */

const MINUTE_S = 60,
  HOUR_S = 3600,
  DAY_S = 86400;

export function makeFormat(language) {
  const locale = language === "zh" ? "zh-CN" : navigator.language.startsWith("en") ? navigator.language : "en-GB";
  const made = new Map();
  const kept = (key, make) => made.get(key) ?? made.set(key, make()).get(key);
  const dates = (options) => kept(JSON.stringify(options), () => new Intl.DateTimeFormat(locale, options));
  const numbers = (digits) => kept(digits, () => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }));
  const units = (unit, digits = 0) =>
    kept(
      `${unit}${digits}`,
      () =>
        new Intl.NumberFormat(locale, {
          style: "unit",
          unit,
          unitDisplay: "short",
          maximumFractionDigits: digits,
        }),
    );
  const ago = () => kept("ago", () => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));

  return {
    number: (value, digits = 0) => numbers(digits).format(value),
    percent: (value, digits = 0) => `${numbers(digits).format(value)} %`,
    time: (at_ms) =>
      dates({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at_ms),
    date: (at_ms) => dates({ year: "numeric", month: "short", day: "numeric" }).format(at_ms),
    moment: (at_ms) =>
      dates({
        year: "numeric",
        month: "short",
        day: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        hourCycle: "h23",
      }).format(at_ms),
    /** "3 minutes ago", of a time that is past. */
    since(at_ms, now_ms = Date.now()) {
      const past_s = Math.max(0, Math.round((now_ms - at_ms) / 1000));
      if (past_s < MINUTE_S) return ago().format(-past_s, "second");
      if (past_s < HOUR_S) return ago().format(-Math.round(past_s / MINUTE_S), "minute");
      if (past_s < DAY_S) return ago().format(-Math.round(past_s / HOUR_S), "hour");
      return ago().format(-Math.round(past_s / DAY_S), "day");
    },
    /** How long: "4.2 s", "3 min", "2 h". */
    length(length_ms) {
      const length_s = length_ms / 1000;
      if (length_s < 1) return units("millisecond").format(Math.round(length_ms));
      if (length_s < MINUTE_S) return units("second", length_s < 10 ? 1 : 0).format(length_s);
      if (length_s < HOUR_S) return units("minute").format(Math.round(length_s / MINUTE_S));
      if (length_s < DAY_S) return units("hour", 1).format(length_s / HOUR_S);
      return units("day", 1).format(length_s / DAY_S);
    },
    /** Names one after the other. */
    list: (names) => names.join(language === "zh" ? "、" : ", "),
    bytes(size_bytes) {
      const steps = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
      let step = 0,
        size = size_bytes;
      while (size >= 1000 && step < steps.length - 1) [size, step] = [size / 1000, step + 1];
      return units(steps[step], size < 10 && step > 0 ? 1 : 0).format(size);
    },
  };
}
