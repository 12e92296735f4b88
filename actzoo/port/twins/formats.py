"""Layers and functions on maps whose channels stand last, as `data_format='NHWC'` has them."""


def arrange(layer, data_format):
    """Have a layer take and give maps in a format; its weights are the same in any."""
    if len(data_format) > 2 and data_format.endswith("C"):
        layer.register_forward_pre_hook(channels_second)
        layer.register_forward_hook(channels_last)


def channels_second(layer, inputs):
    """Before a layer."""
    return (inputs[0].movedim(-1, 1), *inputs[1:])


def channels_last(layer, inputs, output):
    """After a layer."""
    return output.movedim(1, -1)
