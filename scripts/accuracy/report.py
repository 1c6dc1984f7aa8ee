"""Write docs/accuracy: what detection, recognition and attributes are worth on the pictures there are.

Everything is measured here with the real models, on the CPU, through the product's own code; the same models give
the same page. The photographs are used as the demo uses them: those with a notice whole, only the portrait that is
free is spoilt in steps. Drawings show figures and no faces.
"""

import sys
from pathlib import Path
from typing import Dict, Iterable, List, Sequence, Tuple

import numpy as np
import structlog

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

import charts  # noqa: E402 - found by the line above
import chips  # noqa: E402
import figures  # noqa: E402
import filmed  # noqa: E402
import quality  # noqa: E402
import stills  # noqa: E402

from sophon_report.config import parse_settings  # noqa: E402
from sophon_report.demo.media import make_demo_media  # noqa: E402
from sophon_report.model import Attributes, FloatArray  # noqa: E402
from sophon_report.score import PASS_PCT, score_pct  # noqa: E402
from sophon_report.vision.attributes import FEMALE_TO, MALE_FROM  # noqa: E402
from sophon_report.vision.engines.base import Engine  # noqa: E402
from sophon_report.vision.engines.choose import open_engine  # noqa: E402
from sophon_report.vision.models.library import ModelLibrary  # noqa: E402

VAR = ROOT / "var"
PAGE = ROOT / "docs" / "accuracy"
SWEEPS = ("scaled down", "blurred", "moved", "darkened", "darkened by gamma", "overexposed", "without contrast")
SWEEPS += ("compressed", "noise")


def main() -> None:
    """Measure, draw, write."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    settings = parse_settings({"engine": {"kind": "cpu", "attributes": True}})
    engine = open_engine(settings, ModelLibrary(VAR / "models"))
    media = make_demo_media(VAR / "demo" / "media", VAR / "pictures")
    PAGE.mkdir(parents=True, exist_ok=True)
    print("the film, frame by frame", flush=True)
    film = filmed.watch(engine, media, VAR / "pictures")
    print("the portrait, spoilt in steps", flush=True)
    rows = quality.rows(engine, *quality.pictures(VAR / "pictures"))
    print("the still pictures", flush=True)
    seen = stills.look(engine, VAR / "pictures")
    parts = [
        head(engine),
        on_film(film, engine.embedder.pass_cosine),
        scores(film, seen, engine.embedder.pass_cosine),
        on_portrait(rows, engine.embedder.pass_cosine),
        attributes(film, seen),
        chips.section(chips.keep(VAR / "emulator" / "figures.json", PAGE / "chips.json")),
    ]
    (PAGE / "README.md").write_text("\n".join(part for part in parts if part), encoding="utf-8")
    print(f"{PAGE / 'README.md'} is written")
    engine.close()


def head(engine: Engine) -> str:
    """What it is, and how little it is."""
    return f"""# Accuracy

Written by `./scripts/report-accuracy`: the real models on the CPU, through the product's own code. Detector YuNet
2023mar, attributes faceres, embedder SFace 2021dec (`{engine.embedder.sha256[:8]}…`): a cosine of
{engine.embedder.pass_cosine:g} scores {PASS_PCT:g}, the mark to pass.

**This is little data**: three people, five photographs, one film of 36 s made of three of them. It shows that the
parts work together, and where they stop. It does not show how often a stranger is taken for somebody, nor how well
any of it works on people of all ages and origins, in other light or behind other cameras. The mark to pass comes
from a larger test, which this script does not repeat: LFW, 6,000 pairs, of which 98.03 % of those of one person
pass where one in 100,000 of different people does.
"""


def on_film(film: filmed.Film, pass_cosine: float) -> str:
    """Detection, matching, following and times."""
    rates = [
        f"| {each.person} | {each.width_px[0]:.0f} to {each.width_px[1]:.0f} | {each.faces} "
        f"| {of(each.found, each.faces)} "
        f"| {of(each.right, each.found) if each.registered else 'not registered'} | {each.wrong} |"
        for each in figures.rates(film, pass_cosine)
    ]
    partly = [face for face in film.faces if not face.whole]
    found = sum(face.score is not None for face in partly)
    times = [f"| {person} | {in_ms:+d} | {out_ms:+d} |" for person, in_ms, out_ms in figures.time_errors_ms(film)]
    errors = [abs(each) for _, in_ms, out_ms in figures.time_errors_ms(film) for each in (in_ms, out_ms)]
    followed = figures.following(film)
    switches = ", ".join(f"{time_ms / 1000:.1f}" for time_ms in followed.switches_ms) or "-"
    comparison = film.comparison
    return f"""## The demo film as it is

{film.frames} frames, 1280×720, 25 a second; photographs held up to a camera, two at once at times. `min_face_px`
is 40, so the detector sees half the size. A face counts where all of it is in the picture.

| person | face, px wide | faces | found | of these passed as who they are | as somebody else |
| --- | --- | --- | --- | --- | --- |
{lines(rates)}

Of {len(partly)} faces that are cut by the edge of the picture {of(found, len(partly))} were found; where no face
is, {film.false_faces}. Photographs are held up {followed.stays} times, which gave {followed.tracks} tracks: a face
changed its track {len(followed.switches_ms)} times ({switches} s, while it comes in fast); faces of two people
are in {followed.shared} tracks.

{len(comparison.pairs)} visits were to be reported. {comparison.right} are right in person and times, within 0.5 s;
{len(comparison.unexpected)} were reported that never were. How far in and out are from the truth, in ms (negative:
early). A face is found already, and still, when a part of it is outside the picture:

| visit of | in | out |
| --- | --- | --- |
{lines(times)}

Mean {np.mean(errors):.0f} ms, at most {max(errors)} ms; a frame is 40 ms.
"""


def scores(film: filmed.Film, seen: Sequence[stills.Still], pass_cosine: float) -> str:
    """Distributions, and where the mark falls in them."""
    gallery = figures.scores_to_gallery(film, pass_cosine)
    in_film = figures.scores_in_film(film, pass_cosine)
    draw_scores(gallery, in_film)
    draw_film(film, pass_cosine)
    rows = [distribution(name, values) for name, values in {**gallery, **in_film}.items()]
    pairs = [
        f"| {pair.one}, {pair.other} | {'yes' if pair.same else 'no'} | {pair.cosine:.3f} "
        f"| {score_pct(pair.cosine, pass_cosine):.1f} |"
        for pair in sorted(stills.pairs(tuple(seen)), key=lambda pair: -pair.cosine)
    ]
    return f"""## Scores of the same and of different people

Every whole face of the film against the registered photographs, and every two against each other. They are many,
and far from independent: all come from three photographs.

| pairs | number | lowest | 1 % | median | 99 % | highest | above {PASS_PCT:g} |
| --- | --- | --- | --- | --- | --- | --- | --- |
{lines(rows)}

![Histograms of the scores](scores.svg)

![Score of each face of the film to each registered photograph](film.svg)

The five photographs as they are, every two of them:

| pictures | same person | cosine | score |
| --- | --- | --- | --- |
{lines(pairs)}
"""


def distribution(name: str, values: FloatArray) -> str:
    """A row of the table of scores."""
    low, first, median, last, high = np.percentile(values, [0, 1, 50, 99, 100])
    passed = of(int((values > PASS_PCT).sum()), len(values))
    shown = " | ".join(f"{value:.1f}" for value in (low, first, median, last, high))
    return f"| {name} | {len(values):,} | {shown} | {passed} |"


def draw_scores(gallery: Dict[str, FloatArray], in_film: Dict[str, FloatArray]) -> None:
    """The histograms."""
    label = f"score; the line is the mark to pass, {PASS_PCT:g}"
    charts.histogram(PAGE / "scores.svg", list({**gallery, **in_film}.items()), label)


def draw_film(film: filmed.Film, pass_cosine: float) -> None:
    """Scores along the film, a panel a registered person."""
    panels = []
    for identity_id, feature in film.registered.items():
        series = []
        for number in range(len(film.cast)):
            faces = [face for face in film.faces if face.person == number and face.feature is not None]
            values = [figures.score(face, feature, pass_cosine) for face in faces]
            series.append((film.name(number), ([face.time_ms / 1000 for face in faces], values)))
        registered = next(member.person for member in film.cast if member.identity_id == identity_id)
        panels.append((f"score to\n{registered}", series, [(PASS_PCT, f"{PASS_PCT:g}")]))
    charts.over_time(PAGE / "film.svg", panels, spans(film))


def spans(film: filmed.Film) -> List[Tuple[float, float, str]]:
    """When who is there, by the truth."""
    return [
        (pair.expected.in_ms / 1000, pair.expected.out_ms / 1000, pair.expected.person)
        for pair in film.comparison.pairs
    ]


def on_portrait(rows: Sequence[quality.Row], pass_cosine: float) -> str:
    """Detection and match rates of the spoilt portrait."""
    swept = [[row for row in rows if row.kind == kind] for kind in SWEEPS]
    series, lost = [], []
    for kind, group in zip(SWEEPS, swept):
        found = [row for row in group if row.cosine is not None]
        points = [row.strength for row in found], [score_pct(row.cosine or 0, pass_cosine) for row in found]
        series.append((kind, group[0].unit, points))
        lost.append([row.strength for row in group if row.cosine is None])
    charts.sweeps(PAGE / "portrait.svg", series, lost)
    ranges = [
        f"| {charts.titled(kind, group[0].unit)} | {', '.join(f'{row.strength:g}' for row in group)} "
        f"| {reach(group, 0, pass_cosine)} | {reach(group, PASS_PCT, pass_cosine)} |"
        for kind, group in zip(SWEEPS, swept)
    ]
    spoilt = [row for row in rows if row.kind not in ("as it is", "another's side face")]
    found = [row for row in spoilt if row.cosine is not None]
    passed = [row for row in found if score_pct(row.cosine or 0, pass_cosine) > PASS_PCT]
    other = next(row for row in rows if row.kind == "another's side face")
    return f"""## One portrait, spoilt in steps

Eileen Collins (NASA), face 90 px wide, against the portrait as it is: the most favourable comparison there is. In
{len(found)} of {len(spoilt)} variants the face was found, {len(passed)} of those pass. The side face of somebody
else (`camera.png`, CC0) scores {score_pct(other.cosine or 0, pass_cosine):.0f}.

| what was done | steps | found up to | passes up to |
| --- | --- | --- | --- |
{lines(ranges)}

![Score over the strength of what was done](portrait.svg)

Crosses: no face was found. What the measures of quality say of each variant:

{quality.HEAD}
{lines(quality.line(row) for row in rows)}
"""


def reach(group: Sequence[quality.Row], mark_pct: float, pass_cosine: float) -> str:
    """The last step before the first that is not found, or does not score above ``mark_pct``."""
    last = "none"
    for row in group:
        if row.cosine is None or (mark_pct and score_pct(row.cosine, pass_cosine) <= mark_pct):
            return last
        last = f"{row.strength:g}"
    return f"{last} (the last)"


def attributes(film: filmed.Film, seen: Sequence[stills.Still]) -> str:
    """Errors of age and gender."""
    draw_attributes(film)
    errors = [
        abs(still.attributes.age_years - still.age_years)
        for still in seen
        if still.age_years is not None and still.attributes.age_years is not None
    ]
    table = [
        f"| {still.file} | {still.person} | {still.age_years or 'undated'} | {still.attributes.age_years:.0f} "
        f"| {male_of(still.attributes):.2f} | {still.attributes.gender or 'not told'} |"
        for still in seen
        if still.attributes.age_years is not None
    ]
    along = []
    for number in range(len(film.cast)):
        male, female, untold = figures.male_rate(film, number)
        ages = figures.ages(film, number)
        told = "; ".join(
            f"{visit.shot.attributes.gender or 'not told'}, {visit.shot.attributes.age_years:.0f}"
            for visit in film.visits_of(number)
        )
        along.append(
            f"| {film.name(number)} | {male} / {female} / {untold} | {min(ages):.0f} to {max(ages):.0f} | {told} |"
        )
    return f"""## Age and gender

Five photographs of three people, the White House's whole as they are. Real ages by the captions' dates. **A hint,
never a filter.**

| picture | person | real age | told | male | gender |
| --- | --- | --- | --- | --- | --- |
{lines(table)}

Age: mean error {np.mean(errors):.1f} years, at most {max(errors):.1f}, on the {len(errors)} dated pictures.
From {MALE_FROM:g} on male is told, up to {FEMALE_TO:g} female, between them nothing.

Along the film, each whole face by itself and the visits, which tell the mean of their shots:

| person | male / female / not told | ages of single faces | told of the visits |
| --- | --- | --- | --- |
{lines(along)}

![Age and male probability along the film](attributes.svg)

Glasses, mask and hat: no model comes with the service, nothing is told, nothing was measured.
"""


def draw_attributes(film: filmed.Film) -> None:
    """Age and male probability of each face along the film."""
    ages, males = [], []
    for number in range(len(film.cast)):
        faces = [face for face in film.faces if face.person == number and face.attributes.likely]
        seconds = [face.time_ms / 1000 for face in faces]
        ages.append((film.name(number), (seconds, [face.attributes.age_years or 0 for face in faces])))
        males.append((film.name(number), (seconds, [male_of(face.attributes) for face in faces])))
    marks = [(MALE_FROM, "male from here"), (FEMALE_TO, "female to here")]
    charts.over_time(PAGE / "attributes.svg", [("age, years", ages, []), ("male", males, marks)], spans(film))


def male_of(seen: Attributes) -> float:
    """The probability."""
    return next(one.probability for one in seen.likely if one.attribute == "male")


def of(part: int, whole: int) -> str:
    """``99.5 % (199)``."""
    return f"{100 * part / whole:.1f} % ({part:,})" if whole else "none"


def lines(each: Iterable[str]) -> str:
    """One below the other."""
    return "\n".join(each)


if __name__ == "__main__":
    main()
