"""Attributes of Paddle's layers by the group of classes that has them; `self` is the layer.

Weights are in Paddle's layout, which for a linear layer is a view, and for a layer norm flat. A row that begins with `!` is an attribute that
torch has no counterpart of. A private name that has no row is told to have none.
"""

GROUPS = {
    "Linear": "Linear",
    "Conv": "Conv1D Conv2D Conv3D",
    "Transposed": "Conv1DTranspose Conv2DTranspose",
    "BatchNorm": "BatchNorm1D BatchNorm2D BatchNorm3D SyncBatchNorm BatchNorm",
    "OldBatchNorm": "BatchNorm",
    "NewBatchNorm": "BatchNorm1D BatchNorm2D BatchNorm3D SyncBatchNorm",
    "LayerNorm": "LayerNorm",
    "GroupNorm": "GroupNorm",
    "InstanceNorm": "InstanceNorm1D InstanceNorm2D",
    "Embedding": "Embedding",
    "PReLU": "PReLU",
    "Slope": "LeakyReLU",
    "Alpha": "ELU CELU",
    "Axis": "Softmax LogSoftmax",
    "GELU": "GELU",
    "Softplus": "Softplus",
    "Shrink": "Softshrink Hardshrink",
    "Hardtanh": "Hardtanh",
    "Maxout": "Maxout",
    "MaxPool": "MaxPool2D MaxPool3D",
    "MaxPool1D": "MaxPool1D",
    "AvgPool": "AvgPool2D AvgPool3D",
    "AvgPool1D": "AvgPool1D",
    "Adaptive": "AdaptiveAvgPool2D AdaptiveAvgPool3D AdaptiveMaxPool2D AdaptiveMaxPool3D",
    "Adaptive1D": "AdaptiveAvgPool1D AdaptiveMaxPool1D",
    "Dropout": "Dropout Dropout2D",
    "Flatten": "Flatten",
    "Upsample": "Upsample",
    "Pad2D": "Pad2D",
    "PixelShuffle": "PixelShuffle",
    "Unfold": "Unfold",
    "Recurrent": "LSTM GRU SimpleRNN",
    "Cell": "LSTMCell GRUCell SimpleRNNCell",
    "MultiHeadAttention": "MultiHeadAttention",
}
"""The classes of `paddle.nn` in a group; a class may be in several."""

TABLE = """
[Tensor]
Linear.weight => self.weight.T
Linear.bias => self.bias
Conv.{weight bias} => self.{}
Transposed.{weight bias} => self.{}
BatchNorm.{weight bias} => self.{}
BatchNorm._mean => self.running_mean
BatchNorm._variance => self.running_var
LayerNorm.{weight bias} => self.{}.flatten()
GroupNorm.{weight bias} => self.{}
InstanceNorm.scale => self.weight
InstanceNorm.bias => self.bias
Embedding.weight => self.weight
PReLU._weight => self.weight
Cell.{weight_ih weight_hh bias_ih bias_hh} => self.{}
Recurrent.{weight_ih_l0 weight_hh_l0 bias_ih_l0 bias_hh_l0} => self.{}

[Plain]
Conv._{groups in_channels out_channels} => self.{}
Conv._{kernel_size stride dilation} => list(self.{})
Conv._padding => twins.conv_padding(self)
Conv._padding_mode => self.paddle_mode
Conv._{param_attr bias_attr data_format device channel_dim updated_padding padding_algorithm use_cudnn op_type} => !torch keeps no '_{}' of a convolution
Transposed._{groups in_channels out_channels} => self.{}
Transposed._{kernel_size stride dilation} => list(self.{})
BatchNorm._epsilon => self.eps
BatchNorm._momentum => 1 - self.momentum
BatchNorm._{in_place fuse_with_relu} => !torch keeps no '_{}' of a batch norm
NewBatchNorm._num_features => self.num_features
NewBatchNorm._use_global_stats => self.use_global_stats
NewBatchNorm._{weight_attr name} => !torch keeps no '_{}' of a batch norm
OldBatchNorm._act => self.act
OldBatchNorm._use_global_stats => bool(self.use_global_stats)
OldBatchNorm._{is_test trainable_statistics data_layout} => !torch keeps no '_{}' of a batch norm
LayerNorm._epsilon => self.eps
LayerNorm._normalized_shape => list(self.normalized_shape)
GroupNorm._epsilon => self.eps
GroupNorm._{num_channels num_groups} => self.{}
InstanceNorm._epsilon => self.eps
InstanceNorm._num_features => self.num_features
Embedding._{num_embeddings embedding_dim sparse} => self.{}
Embedding._size => [self.num_embeddings, self.embedding_dim]
Embedding._padding_idx => self.given_padding_idx
PReLU._num_parameters => self.num_parameters
PReLU._init => self.init
Slope._negative_slope => self.negative_slope
Alpha._alpha => self.alpha
Axis._axis => self.dim
GELU._approximate => self.approximate == 'tanh'
Softplus._{beta threshold} => self.{}
Shrink._threshold => self.lambd
Hardtanh._min => self.min_val
Hardtanh._max => self.max_val
Maxout._{groups axis} => self.{}
MaxPool.ksize => self.kernel_size
MaxPool.{stride padding ceil_mode} => self.{}
MaxPool.{return_mask data_format} => !torch keeps no '{}' of a pool
MaxPool1D.{kernel_size stride padding ceil_mode} => self.{}
MaxPool1D.return_mask => !torch keeps no 'return_mask' of a pool
AvgPool.ksize => self.settings[0]
AvgPool.stride => self.settings[1]
AvgPool.padding => self.settings[2]
AvgPool.ceil_mode => self.settings[3]
AvgPool.exclusive => self.settings[4]
AvgPool.{divisor data_format} => !torch keeps no '{}' of a pool
AvgPool1D.kernel_size => self.settings[0]
AvgPool1D.stride => self.settings[1]
AvgPool1D.padding => self.settings[2]
AvgPool1D.ceil_mode => self.settings[3]
AvgPool1D.exclusive => self.settings[4]
Adaptive._output_size => self.output_size
Adaptive1D.output_size => self.output_size
Dropout.p => self.p
Dropout.{axis mode data_format} => !torch keeps no '{}' of a dropout
Flatten.start_axis => self.start_dim
Flatten.stop_axis => self.end_dim
Upsample.size => self.settings[0]
Upsample.scale_factor => self.settings[1]
Upsample.mode => self.settings[2]
Upsample.align_corners => self.settings[3]
Upsample.align_mode => self.settings[4]
Upsample.data_format => !torch keeps no 'data_format' of an upsampling
Pad2D._mode => self.mode
Pad2D.padding => list(self.padding)
PixelShuffle._upscale_factor => self.upscale_factor
Unfold.kernel_sizes => self.kernel_size
Unfold.dilations => self.dilation
Unfold.paddings => self.padding
Unfold.strides => self.stride
Recurrent.{mode input_size hidden_size num_layers dropout} => self.{}
Recurrent.num_directions => 2 if self.bidirectional else 1
Recurrent.time_major => not self.batch_first
Recurrent.{_all_weights _flat_weight state_components could_use_cudnn} => !torch keeps no '{}' of a recurrent layer
Cell.{input_size hidden_size} => self.{}
Cell._{activation gate_activation} => !torch keeps no '_{}' of a cell
MultiHeadAttention.{num_heads head_dim dropout need_weights} => self.{}
MultiHeadAttention.embed_dim => self.q_proj.in_features
MultiHeadAttention.kdim => self.k_proj.in_features
MultiHeadAttention.vdim => self.v_proj.in_features

[paddle.nn.Linear]
MultiHeadAttention.{q_proj k_proj v_proj out_proj} => self.{}
"""

OPEN = """
# Of what may be any layer: the helper sees when it runs
[Tensor]
Any.weight => twins.weight_of(self)
"""
