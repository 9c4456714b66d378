"""Files with the boxes of people: a table, a list, or COCO's detections.

*   `.csv`: a header with `frame,x,y,w,h` and, if known, `id` and `score`;
*   `.json`: a list of objects with those fields, or an object with that list as
    `boxes`;
*   `.json`: COCO's detections, a list of `image_id` (the frame), `bbox` (x, y, w, h),
    `score`, `category_id` and, if known, `track_id`; or COCO's annotations with their
    images, whose names or `frame_id` number the frames.

Frames count from 0; x and y are the upper left corner, all four in px of the image.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.data.detections import coco_json, json_document
from stpose_tf.people.person_boxes import PersonBox, PersonBoxes

LEAST_SCORE = 0.5
_FIELDS = ("frame", "x", "y", "w", "h")
_COCO_IDS = ("track_id", "person_id", "instance_id")
_PERSON = 1  # COCO's category


def read(path: Path, *, least_score: float = LEAST_SCORE) -> PersonBoxes:
    """Returns the boxes of a file.

    Args:
        path: The file, `.csv` or `.json`.
        least_score: Boxes with a lower score are left out.

    Raises:
        InputError: If it cannot be read, or a row is unusable; names it.
    """
    if not path.is_file():
        raise errors.InputError(f"{path}: expected a file of boxes. Received: no file")
    if path.suffix.lower() == ".json":
        found = list(_of_json(json_document.read(path), path))
    elif path.suffix.lower() == ".csv":
        found = list(_of_table(path))
    else:
        raise errors.InputError(
            f"{path}: expected a .csv or .json file. Received: {path.name}"
        )
    sure = [box for box in found if box.score >= least_score]
    if found and not sure:
        raise errors.InputError(
            f"{path}: expected boxes with a score of {least_score:g} or more. "
            f"Received: {max(box.score for box in found):g} at most"
        )
    return PersonBoxes(sure, where=str(path))


def _of_table(path: Path) -> Iterator[PersonBox]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, skipinitialspace=True))
    except (OSError, ValueError, csv.Error) as error:
        raise errors.InputError(
            f"{path}: expected a table of text. Received: {error}"
        ) from error
    for number, row in enumerate(rows, start=2):
        where = f"{path}: line {number}"
        named = {str(key).strip().lower(): value for key, value in row.items() if key}
        yield _box(named, where=where)


def _of_json(document: Any, path: Path) -> Iterator[PersonBox]:
    if isinstance(document, dict) and "annotations" in document:
        yield from _of_coco(document["annotations"], document, path)
        return
    if isinstance(document, dict) and "boxes" in document:
        document = document["boxes"]
    entries = json_document.members(document, where=str(path))
    if entries and isinstance(entries[0], dict) and "bbox" in entries[0]:
        yield from _of_coco(entries, {}, path)
        return
    for number, entry in enumerate(entries):
        where = f"{path}: entry {number}"
        yield _box(json_document.mapping(entry, where=where), where=where)


def _box(row: Mapping[str, Any], *, where: str) -> PersonBox:
    missing = [name for name in _FIELDS if row.get(name) in (None, "")]
    if missing:
        raise errors.InputError(
            f"{where}: expected {', '.join(_FIELDS)}. Received: no {missing[0]}"
        )
    frame, x, y, w, h = (_number(row[n], where=f"{where} {n}") for n in _FIELDS)
    score, person = row.get("score"), row.get("id")
    return PersonBox(
        frame=json_document.integer(frame, where=f"{where} frame"),
        corners=(x, y, x + w, y + h),
        person=None if person in (None, "") else str(person).strip(),
        score=1.0 if score in (None, "") else _number(score, where=f"{where} score"),
        where=where,
    )


def _of_coco(
    entries: Any, document: Mapping[str, Any], path: Path
) -> Iterator[PersonBox]:
    wanted = _person_category(document.get("categories"))
    rows = []
    for number, entry in enumerate(json_document.members(entries, where=str(path))):
        where = f"{path}: entry {number}"
        row = json_document.mapping(entry, where=where)
        if row.get("category_id", wanted) == wanted and not row.get("iscrowd"):
            rows.append((where, row))
    frames = _frames(rows, document, path)
    for where, row in rows:
        image = json_document.field(row, "image_id", where=where)
        if document and image not in frames:
            raise errors.InputError(
                f"{where}: expected one of the images. Received: image {image}"
            )
        person = next((row[key] for key in _COCO_IDS if key in row), None)
        corners = json_document.box(row.get("bbox"), where=where, corners=False)
        if corners is None:
            raise errors.InputError(f"{where}: expected a bbox. Received: none")
        yield PersonBox(
            frame=frames[image],
            corners=corners,
            person=None if person in (None, -1) else str(person),
            score=_number(row.get("score", 1.0), where=f"{where} score"),
            where=where,
        )


def _frames(
    rows: list[tuple[str, Mapping[str, Any]]], document: Mapping[str, Any], path: Path
) -> dict[Any, int]:
    """Returns the frame of each image; without images an image's id is its frame.

    Files whose first image is number 1 count from 1.
    """
    if "images" not in document:
        ids = {json_document.field(row, "image_id", where=where) for where, row in rows}
        return {i: json_document.integer(i, where=f"{path}: image_id") for i in ids}
    videos = coco_json.videos(document, path)
    if len(videos) > 1:
        raise errors.InputError(
            f"{path}: expected the boxes of one video. Received: {len(videos)} videos"
        )
    frames = coco_json.frames_of_images(document, path)
    first = 1 if min(frames.values(), default=0) == 1 else 0
    return {image: frame - first for image, frame in frames.items()}


def _person_category(categories: Any) -> Any:
    if isinstance(categories, list):
        for category in categories:
            if isinstance(category, dict) and category.get("name") == "person":
                return category.get("id")
    return _PERSON


def _number(value: Any, *, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise errors.InputError(
            f"{where}: expected a number. Received: {value!r}"
        ) from None
