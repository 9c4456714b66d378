import json

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.people import box_file

HEADER = "frame,id,x,y,w,h,score\n"


def _csv(tmp_path, *rows, header=HEADER):
    path = tmp_path / "boxes.csv"
    path.write_text(header + "\n".join(rows) + "\n")
    return path


def _json(tmp_path, document):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(document))
    return path


def test_a_table_and_a_list_say_the_same(tmp_path):
    table = _csv(
        tmp_path, "3,ann,10,20,30,40,0.9", "0,bob,-5,0,20.5,60,", "3,bob,1,2,3,4,1"
    )
    entries = [
        {"frame": 3, "id": "ann", "x": 10, "y": 20, "w": 30, "h": 40, "score": 0.9},
        {"frame": 0, "id": "bob", "x": -5, "y": 0, "w": 20.5, "h": 60},
        {"frame": 3, "id": "bob", "x": 1, "y": 2, "w": 3, "h": 4, "score": 1},
    ]
    for path in (table, _json(tmp_path, entries), _json(tmp_path, {"boxes": entries})):
        boxes = box_file.read(path)
        assert boxes.names == ("bob", "ann")  # by their first frames
        assert boxes.named(3)["ann"].tolist() == [10, 20, 40, 60]
        assert boxes.named(0)["bob"].tolist() == [-5, 0, 15.5, 60]
        assert boxes.named(1) == {}
        seen = boxes.sightings(3)
        np.testing.assert_allclose(seen.scores, [1.0, 0.9])  # the surest first
        np.testing.assert_allclose(seen.boxes[1], [10, 20, 40, 60])
        assert len(boxes.sightings(1)) == 0
        assert boxes.of_person("ann").names == ("ann",)


def test_coco_detections_are_people_with_scores(tmp_path):
    rows = [
        {"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.8},
        {"image_id": 7, "category_id": 3, "bbox": [9, 9, 9, 9], "score": 0.9},
        {"image_id": 7, "category_id": 1, "bbox": [5, 5, 5, 5], "score": 0.2},
    ]
    boxes = box_file.read(_json(tmp_path, rows))
    assert boxes.names == ()
    np.testing.assert_allclose(boxes.sightings(7).boxes, [[1, 2, 4, 6]])
    assert len(box_file.read(_json(tmp_path, rows), least_score=0.1).sightings(7)) == 2
    for number, row in enumerate(rows):
        row["track_id"] = number
    assert box_file.read(_json(tmp_path, rows)).names == ("0",)


def test_coco_annotations_find_their_frames_by_their_images(tmp_path):
    document = {
        "categories": [{"id": 5, "name": "person"}, {"id": 1, "name": "cat"}],
        "images": [
            {"id": 70, "file_name": "walk/000001.jpg", "width": 640, "height": 480},
            {"id": 30, "file_name": "walk/000002.jpg", "width": 640, "height": 480},
        ],
        "annotations": [
            {"id": 1, "image_id": 30, "category_id": 5, "bbox": [1, 2, 3, 4]},
            {"id": 2, "image_id": 70, "category_id": 5, "bbox": [5, 6, 7, 8]},
            {"id": 3, "image_id": 70, "category_id": 1, "bbox": [0, 0, 9, 9]},
        ],
    }
    boxes = box_file.read(_json(tmp_path, document))
    assert boxes.names == ()  # an annotation's id is nobody's
    # The first image is number 1, so they count from 1.
    np.testing.assert_allclose(boxes.sightings(0).boxes, [[5, 6, 12, 14]])
    np.testing.assert_allclose(boxes.sightings(1).boxes, [[1, 2, 4, 6]])
    document["annotations"][0]["image_id"] = 31
    with pytest.raises(errors.InputError, match=r"entry 0: .* image 31"):
        box_file.read(_json(tmp_path, document))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,a,2,3,4", "line 3: expected .* no h"),
        ("1,a,2,3,x,5", "line 3 w: expected a number. Received: 'x'"),
        ("1.5,a,2,3,4,5", "line 3 frame: expected a whole number"),
        ("-1,a,2,3,4,5", "line 3: expected a frame from 0"),
        ("1,a,2,3,0,5", "line 3: expected x, y and a width .* 2, 3, 0, 5"),
        ("1,a,2,nan,4,5", "line 3: expected x, y and a width"),
        ("1,,2,3,4,5", "line 3: expected an id"),
        ("0,a,2,3,4,5", "line 3: expected one box of a in frame 0"),
    ],
)
def test_rows_that_are_no_boxes_are_named(tmp_path, row, says):
    with pytest.raises(errors.InputError, match=says):
        box_file.read(_csv(tmp_path, "0,a,1,1,50,50", row))


def test_files_that_hold_no_boxes_are_refused(tmp_path):
    unsure = "0,a,1,1,50,50,0.3"
    for write, says in (
        (lambda: _json(tmp_path, []), "expected boxes. Received: none"),
        (lambda: _json(tmp_path, 7), "expected a list"),
        (lambda: _csv(tmp_path, unsure), r"score of 0\.5 or more. Received: 0\.3"),
        (lambda: _csv(tmp_path, "0,a,.1,.2,.3,.9"), r"none larger than 0\.9"),
    ):
        with pytest.raises(errors.InputError, match=says):
            box_file.read(write())
    with pytest.raises(errors.InputError, match="Received: no file"):
        box_file.read(tmp_path / "none.csv")
    (tmp_path / "a.txt").write_text("0,1,2,3,4")
    with pytest.raises(errors.InputError, match=r"expected a \.csv or \.json"):
        box_file.read(tmp_path / "a.txt")


def test_boxes_outside_of_the_image_are_left_out_or_refused(tmp_path, caplog):
    rows = ["0,a,-30,-30,60,60", "1,a,639,10,50,50", "2,a,700,10,50,50"]
    boxes = box_file.read(_csv(tmp_path, *rows)).within((640, 480))
    # Bodies reach out of the image: such boxes stay as they are.
    assert boxes.named(0)["a"].tolist() == [-30, -30, 30, 30]
    assert boxes.named(1)["a"].tolist() == [639, 10, 689, 60]
    assert boxes.named(2) == {}
    assert "1 of 3 boxes lie outside the image" in caplog.text
    with pytest.raises(errors.InputError, match=r"image of 320 x 240.*2 of 3 do"):
        box_file.read(_csv(tmp_path, *rows)).within((320, 240))


def test_boxes_after_the_last_frame_are_told(tmp_path, caplog):
    boxes = box_file.read(_csv(tmp_path, "0,a,1,1,50,50", "9,a,1,1,50,50"))
    boxes.warn_beyond(10)
    boxes.warn_beyond(None)
    assert not caplog.text
    boxes.warn_beyond(9)
    assert "1 boxes belong to frames after the video's last, 8" in caplog.text
