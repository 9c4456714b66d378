import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.models import multi_stride_tcn


def test_features_are_the_branches_one_after_the_other(randomize):
    tcn = multi_stride_tcn.MultiStrideTCN(4, strides=(1, 3), blocks=1, kernel_size=3)
    tcn.build((None, None, 5))
    randomize(tcn)
    embeddings = tf.random.stateless_normal((2, 8, 5), (0, 1))
    kernel, bias = tcn.projection.get_weights()
    features = tcn(embeddings)
    for number, branch in enumerate(tcn.branches):
        own = slice(4 * number, 4 * number + 4)
        expected = branch(embeddings @ kernel[:, own] + bias[own])
        np.testing.assert_allclose(features[..., own], expected, atol=1e-5)


def test_tcn_keeps_the_layer_contract(check_layer):
    tcn = multi_stride_tcn.MultiStrideTCN(4, strides=(1, 3), blocks=1, kernel_size=3)
    check_layer(tcn, tf.random.stateless_normal((2, 8, 5), (0, 1)), (2, 8, 8))


@pytest.mark.parametrize("strides", [(), (0, 1), (2, 2)])
def test_strides_that_cannot_be_are_refused(strides):
    with pytest.raises(errors.InputError, match="strides"):
        multi_stride_tcn.MultiStrideTCN(4, strides=strides, blocks=1, kernel_size=3)


def test_even_kernels_are_refused():
    with pytest.raises(errors.InputError, match="kernel_size"):
        multi_stride_tcn.MultiStrideTCN(4, strides=(1,), blocks=1, kernel_size=2)
