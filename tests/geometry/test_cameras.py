"""Cameras against published numbers of Human3.6M and MPI-INF-3DHP."""

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import cameras, rotations

INTRINSICS = (  # focal, center, radial, tangential of cameras 0..3
    (
        [1145.0494384765625, 1143.7811279296875],
        [512.54150390625, 515.4514770507812],
        [-0.20709891617298126, 0.24777518212795258, -0.0030751503072679043],
        [-0.00142447161488235, -0.0009756988729350269],
    ),
    (
        [1149.6756591796875, 1147.5916748046875],
        [508.8486328125, 508.0649108886719],
        [-0.1942136287689209, 0.2404085397720337, 0.006819975562393665],
        [-0.0027408944442868233, -0.0016190266469493508],
    ),
    (
        [1149.1407470703125, 1148.7989501953125],
        [519.8158569335938, 501.40264892578125],
        [-0.2083381861448288, 0.25548800826072693, -0.0024604974314570427],
        [-0.0007599993259645998, 0.0014843869721516967],
    ),
    (
        [1145.5113525390625, 1144.77392578125],
        [514.9682006835938, 501.88201904296875],
        [-0.198384091258049, 0.21832367777824402, -0.008947807364165783],
        [-0.0018133620033040643, -0.0005872055771760643],
    ),
)
EXTRINSICS = {  # (w, x, y, z) camera to world, and center in mm
    "S1": (
        (
            [
                0.1407056450843811,
                -0.1500701755285263,
                -0.755240797996521,
                0.6223280429840088,
            ],
            [1841.1070556640625, 4955.28466796875, 1563.4454345703125],
        ),
        (
            [
                0.6157187819480896,
                -0.764836311340332,
                -0.14833825826644897,
                0.11794740706682205,
            ],
            [1761.278564453125, -5078.0068359375, 1606.2650146484375],
        ),
        (
            [
                0.14651472866535187,
                -0.14647851884365082,
                0.7653023600578308,
                -0.6094175577163696,
            ],
            [-1846.7777099609375, 5215.04638671875, 1491.972412109375],
        ),
        (
            [
                0.5834008455276489,
                -0.7853162288665771,
                0.14548823237419128,
                -0.14749594032764435,
            ],
            [-1794.7896728515625, -3722.698974609375, 1574.8927001953125],
        ),
    ),
    "S9": (
        (
            [
                0.15540587902069092,
                -0.15548215806484222,
                -0.7532095313072205,
                0.6199594736099243,
            ],
            [2044.45849609375, 4935.1171875, 1481.2275390625],
        ),
        (
            [
                0.618784487247467,
                -0.7634735107421875,
                -0.14132238924503326,
                0.11933968216180801,
            ],
            [1990.959716796875, -5123.810546875, 1568.8048095703125],
        ),
        (
            [
                0.13357827067375183,
                -0.1367100477218628,
                0.7689454555511475,
                -0.6100738644599915,
            ],
            [-1670.9921875, 5211.98583984375, 1528.387939453125],
        ),
        (
            [
                0.5879399180412292,
                -0.7823407053947449,
                0.1427614390850067,
                -0.14794869720935822,
            ],
            [-1696.04345703125, -3827.099853515625, 1591.4127197265625],
        ),
    ),
}
KNOWN = {  # of the world point (100, 200, 900): camera frame in mm, pixel
    "S1": (
        ((-334.053, -295.811, 5087.755), (437.4587, 449.0327)),
        ((420.696, -489.602, 5540.696), (595.9006, 406.8663)),
        ((267.361, -585.999, 5373.657), (576.8555, 376.4621)),
        ((118.893, -545.915, 4372.770), (546.0105, 359.3543)),
    ),
    "S9": (
        ((-288.971, -376.142, 5129.824), (448.1322, 431.7039)),
        ((178.451, -508.539, 5663.526), (545.0007, 405.1511)),
        ((253.301, -564.994, 5316.757), (574.4426, 379.6325)),
        ((0.066, -502.298, 4434.981), (514.9765, 372.4991)),
    ),
}


def _h36m(subject, index, **changes):
    focal, center, radial, tangential = INTRINSICS[index]
    quaternion, position = EXTRINSICS[subject][index]
    to_world = rotations.quaternion_to_matrix(tf.constant(quaternion, tf.float64))
    camera = cameras.camera_at(
        tf.constant(position, tf.float64),
        tf.linalg.matrix_transpose(to_world),
        focal=focal,
        center=center,
        radial=radial,
        tangential=tangential,
    )
    return camera._replace(**changes)


def _stack(many):
    return cameras.Camera(*(tf.stack(field) for field in zip(*many, strict=True)))


@pytest.mark.parametrize("subject", ["S1", "S9"])
@pytest.mark.parametrize("index", range(4))
def test_h36m_cameras_see_a_world_point_where_they_should(subject, index):
    camera = _h36m(subject, index)
    point = tf.constant([100.0, 200.0, 900.0], tf.float64)
    seen = cameras.world_to_camera(point, camera)
    expected, pixel = KNOWN[subject][index]
    np.testing.assert_allclose(seen, expected, atol=6e-4)
    np.testing.assert_allclose(cameras.project(seen, camera), pixel, atol=6e-5)
    np.testing.assert_allclose(cameras.camera_to_world(seen, camera), point, atol=1e-9)
    # The lens matters: the straight projection is 0.1 to 0.4 px off.
    straight = camera._replace(radial=np.zeros(3), tangential=np.zeros(2))
    off = np.abs(cameras.project(seen, straight) - pixel).max()
    assert 0.05 < off < 0.45


def test_float32_is_enough_for_the_same_pixels():
    point = tf.constant([100.0, 200.0, 900.0], tf.float32)
    camera = _h36m("S1", 0)
    pixel = cameras.project(cameras.world_to_camera(point, camera), camera)
    assert pixel.dtype == tf.float32
    np.testing.assert_allclose(pixel, KNOWN["S1"][0][1], atol=1e-3)


def test_rotation_between_the_first_two_cameras_of_s1():
    expected = [
        [-0.7000, 0.1128, -0.7052],
        [-0.1794, 0.9280, 0.3265],
        [0.6912, 0.3550, -0.6294],
    ]
    first, second = _h36m("S1", 0), _h36m("S1", 1)
    rotation = cameras.relative_rotation(first, second)
    np.testing.assert_allclose(rotation, expected, atol=6e-5)
    # It takes root-relative poses from one camera's frame to the other's.
    pose = tf.constant(np.random.default_rng(0).normal(size=(17, 3)) * 500)
    seen1 = cameras.world_to_camera(pose, first)
    seen2 = cameras.world_to_camera(pose, second)
    np.testing.assert_allclose(
        tf.linalg.matvec(rotation, seen1 - seen1[0]), seen2 - seen2[0], atol=1e-9
    )


def test_mpi_inf_3dhp_joint_falls_on_its_annotation():
    # S1/Seq1, camera 0, frame 100, joint 0 of the published annotations.
    camera = cameras.camera_at(
        np.zeros(3),
        np.eye(3),
        focal=[1497.693, 1497.103],
        center=[1024.704, 1051.394],
    )
    pixel = cameras.project(np.array([-18.0923, 102.071, 3726.17]), camera)
    np.testing.assert_allclose(pixel, [1017.43, 1092.40], atol=6e-3)


def test_the_opencv_model_written_out():
    camera = _h36m("S1", 2, tangential_scale=2.0)
    point = np.array([700.0, -500.0, 3000.0])
    x, y = point[:2] / point[2]
    k1, k2, k3 = INTRINSICS[2][2]
    p1, p2 = INTRINSICS[2][3]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    bent = [
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
        y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
    ]
    expected = np.array(bent) * INTRINSICS[2][0] + INTRINSICS[2][1]
    np.testing.assert_allclose(cameras.project(point, camera), expected, atol=1e-9)


@pytest.mark.parametrize("tangential_scale", [1.0, 2.0], ids=["h36m", "opencv"])
@pytest.mark.parametrize("index", range(4))
def test_projecting_undoes_unprojecting(tangential_scale, index):
    camera = _h36m("S9", index, tangential_scale=tangential_scale)
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1000, 11)] * 2), axis=-1)
    depth = np.random.default_rng(0).uniform(1500, 8000, size=grid.shape[:-1])
    points = cameras.unproject(grid, depth, camera)
    np.testing.assert_allclose(points[..., 2], depth)
    np.testing.assert_allclose(cameras.project(points, camera), grid, atol=1e-6)


def test_a_batch_of_cameras_takes_a_batch_of_clips():
    many = [_h36m("S1", 0), _h36m("S9", 3), _h36m("S9", 1)]
    camera = _stack(many)
    points = np.random.default_rng(0).normal(size=(3, 5, 17, 3)) * 600
    seen = cameras.world_to_camera(points, camera)
    pixels = cameras.project(seen, camera)
    for index, one in enumerate(many):
        alone = cameras.world_to_camera(points[index], one)
        np.testing.assert_allclose(seen[index], alone, atol=1e-9)
        np.testing.assert_allclose(pixels[index], cameras.project(alone, one))
    np.testing.assert_allclose(cameras.camera_to_world(seen, camera), points, atol=1e-9)
    again = cameras.unproject(pixels, seen[..., 2], camera)
    np.testing.assert_allclose(again, seen, atol=1e-5)
    assert cameras.relative_rotation(camera, camera).shape == (3, 3, 3)


def test_packing_and_unpacking_changes_nothing():
    camera = _stack([_h36m("S1", 0), _h36m("S9", 3, tangential_scale=np.float64(2.0))])
    packed = cameras.pack(camera)
    assert packed.shape == (2, cameras.PACKED_SIZE)
    again = cameras.unpack(packed)
    for name, before, after in zip(camera._fields, camera, again, strict=True):
        np.testing.assert_array_equal(before, after, err_msg=name)
    graph = tf.function(
        lambda numbers: cameras.pack(cameras.unpack(numbers)),
        input_signature=[tf.TensorSpec([None, 22], tf.float64)],
    )
    np.testing.assert_array_equal(graph(packed), packed)
    # The order that the records hold.
    single = cameras.pack(_h36m("S1", 1)).numpy()
    np.testing.assert_allclose(single[:9], np.concatenate(INTRINSICS[1]))
    np.testing.assert_allclose(
        -single[9:18].reshape(3, 3).T @ single[18:21], EXTRINSICS["S1"][1][1]
    )
    assert single[21] == 1.0


def test_a_camera_that_looks_at_a_point_sees_it_upright_in_the_middle():
    position = np.array([[3000.0, -2000.0, 2500.0], [0.0, 5000.0, 1000.0]])
    target = np.array([100.0, 200.0, 900.0])
    rotation = cameras.look_at(position, target)
    camera = cameras.camera_at(
        position, rotation, focal=[1200, 1200], center=[500, 400]
    )
    points = np.broadcast_to([target, [100.0, 200.0, 1200.0]], (2, 2, 3))
    seen = cameras.world_to_camera(points, camera)
    pixels = cameras.project(seen, camera).numpy()
    np.testing.assert_allclose(pixels[:, 0], [[500, 400], [500, 400]], atol=1e-9)
    np.testing.assert_allclose(pixels[:, 1, 0], 500, atol=1e-9)
    assert (pixels[:, 1, 1] < 400).all()  # up in the world is up in the image
    np.testing.assert_allclose(
        seen[:, 0, 2], np.linalg.norm(target - position, axis=1), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1.0)


def test_looking_straight_down_is_still_a_rotation():
    rotation = cameras.look_at(np.array([0.0, 0.0, 5000.0]), [0.0, 0.0, 0.0]).numpy()
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(rotation[2], [0, 0, -1], atol=1e-12)


def test_points_in_the_plane_of_the_camera_give_finite_pixels_and_gradients():
    camera = _h36m("S1", 0, radial=np.zeros(3))
    points = tf.constant([[0.0, 0.0, 0.0], [0.0, 0.0, -100.0]])
    with tf.GradientTape() as tape:
        tape.watch(points)
        pixels = cameras.project(points, camera)
    assert np.isfinite(pixels).all()
    assert np.isfinite(tape.gradient(pixels, points)).all()
