"""People whose boxes are known, seen by a network that says where it would look."""

import numpy as np
import pytest

from stpose_tf.networks2d.heatmap_network import NetworkMaps
from stpose_tf.people import boxed_people
from stpose_tf.people.people_finder import OnePerson
from stpose_tf.people.person_boxes import PersonBox, PersonBoxes

pytest.importorskip("cv2", reason="the extra 'video' is not installed")

IMAGE = np.zeros((100, 200, 3), np.uint8)


class Network:
    """Wants to look a little more to the right, turned by 0.1 rad."""

    name = "made"
    skeleton = "coco17"
    input_size = (32, 32)
    margin = 1.5

    def __init__(self, *, upright, presence=1.0):
        self.upright = upright
        self.presence = presence
        self.runs = 0

    def __call__(self, crops):
        self.runs += len(crops)
        following = np.tile([0.55, 0.5, 1.0, 0.1], (len(crops), 1))
        return NetworkMaps(
            maps=np.zeros((len(crops), 8, 8, 17), np.float32),
            to_crop=np.array([[1 / 8, 0, 1 / 16], [0, 1 / 8, 1 / 16]]),
            presence=np.full(len(crops), self.presence),
            following=following,
        )


def _boxes(*rows):
    return PersonBoxes(
        (
            PersonBox(frame=f, person=p, corners=corners, score=1.0, where="here")
            for f, p, corners in rows
        ),
        where="here",
    )


A, B = (40, 20, 60, 80), (100, 30, 140, 70)


def test_boxes_are_what_a_network_without_a_will_of_its_own_looks_at():
    network = Network(upright=False)
    boxes = _boxes((0, "b", B), (0, "a", A), (1, "a", A), (3, "b", B))
    people = boxed_people.NamedPeople(network, boxes)
    first = people.step(0, IMAGE)
    assert [person.person for person in first] == [1, 2]  # b and a, as in `names`
    np.testing.assert_allclose(first[0].crop, [120, 50, 1.5 * 40, 0])
    np.testing.assert_allclose(first[1].crop, [50, 50, 1.5 * 60, 0])
    (second,) = people.step(1, IMAGE)
    assert (second.person, second.frame) == (2, 1)
    np.testing.assert_allclose(second.crop, first[1].crop)
    assert people.step(2, IMAGE) == []
    assert [person.person for person in people.step(3, IMAGE)] == [1]
    assert network.runs == 4


def test_upright_networks_look_twice_and_then_where_they_looked():
    network = Network(upright=True)
    far = (140, 20, 160, 80)
    boxes = _boxes(*((n, "a", A) for n in range(2)), (2, "a", far), (4, "a", far))
    people = boxed_people.NamedPeople(network, boxes)
    (first,) = people.step(0, IMAGE)
    # 5 % of 90 px to the right of the box's middle, and turned.
    np.testing.assert_allclose(first.crop, [54.5, 50, 90, 0.1])
    assert network.runs == 2
    (second,) = people.step(1, IMAGE)
    np.testing.assert_allclose(second.crop, first.following)
    assert network.runs == 3
    # Its own idea lies outside of the box now; and later it is too old.
    (third,) = people.step(2, IMAGE)
    np.testing.assert_allclose(third.crop, [154.5, 50, 90, 0.1])
    assert people.step(3, IMAGE) == []
    (last,) = people.step(4, IMAGE)
    np.testing.assert_allclose(last.crop, third.crop)
    assert network.runs == 7


def test_upright_networks_look_anew_where_a_box_has_another_size():
    large = (0, 0, 120, 100)  # a crop of 180 px after one of 60 px, in the same place
    small = (48, 40, 62, 80)
    people = boxed_people.NamedPeople(
        Network(upright=True), _boxes((0, "a", small), (1, "a", large))
    )
    people.step(0, IMAGE)
    (person,) = people.step(1, IMAGE)
    np.testing.assert_allclose(person.crop, [60 + 0.05 * 180, 50, 180, 0.1])


def test_a_box_with_nobody_in_it_is_a_missing_frame():
    people = boxed_people.NamedPeople(
        Network(upright=False, presence=0.05), _boxes((0, "a", A))
    )
    assert people.step(0, IMAGE) == []


def test_boxes_without_ids_are_tracked():
    boxes = _boxes(*((n, None, A) for n in range(8)), *((n, None, B) for n in range(8)))
    people = boxed_people.NamelessPeople(Sure(upright=False), boxes, fps=30.0)
    found = [person for n in range(8) for person in people.step(n, IMAGE)]
    assert {person.person for person in found} == {1, 2}
    for number in (1, 2):
        own = [person for person in found if person.person == number]
        assert [person.frame for person in own] == list(range(8))
    assert len({tuple(person.crop) for person in found}) == 2


def test_boxes_without_ids_are_looked_at_in_every_frame():
    boxes = _boxes(
        *((n, None, A) for n in range(14)), *((n, None, B) for n in range(7, 14))
    )
    people = boxed_people.NamelessPeople(Sure(upright=False), boxes, fps=30.0)
    found = [person for n in range(14) for person in people.step(n, IMAGE)]
    frames = [person.frame for person in found if person.person == 2]
    assert frames == list(range(7, 14))


class Sure(Network):
    """Stays where it is, and sees keypoints that spread over its crop."""

    def __call__(self, crops):
        seen = super().__call__(crops)
        seen.maps[:, np.arange(17) % 8, np.arange(17) // 3, np.arange(17)] = 0.9
        seen.following[:] = [0.5, 0.5, 1.0, 0.0]
        return seen


def test_one_person_alone_goes_on():
    boxes = _boxes((0, "a", A), (0, "b", B), (1, "b", B))
    finder = boxed_people.NamedPeople(Network(upright=False), boxes)
    one = OnePerson(finder, 1)
    assert [person.person for person in one.step(0, IMAGE)] == [1]
    assert one.step(1, IMAGE) == []
    assert one.seen == {1, 2}


def test_who_has_more_boxes_is_not_gone():
    boxes = _boxes((0, "a", A), (0, "b", B), (900, "a", A))
    finder = OnePerson(boxed_people.NamedPeople(Network(upright=False), boxes), 1)
    assert not finder.is_gone(1, last=0, frame=899)
    assert finder.is_gone(1, last=0, frame=900)
    assert finder.is_gone(2, last=0, frame=0)


def test_who_has_no_id_is_gone_when_nobody_looks_any_more():
    boxes = _boxes((0, None, A), (900, None, A))
    people = boxed_people.NamelessPeople(Sure(upright=False), boxes, fps=30.0)
    assert not people.is_gone(1, last=0, frame=60)  # two seconds
    assert people.is_gone(1, last=0, frame=61)
