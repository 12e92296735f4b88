"""`paddle.nn`: layers, containers, losses, initialisers. A twin is torch's own layer with Paddle's initial values."""

TABLE = """
[Layer]
paddle.nn.{Layer} => torch.nn.Module
paddle.nn.Sequential(*layers)
    if call(layers) => torch.nn.Sequential(*layers)
    => twins.Sequential(*layers)
paddle.nn.LayerList(sublayers=None) => torch.nn.ModuleList(sublayers)
paddle.nn.ParameterList(parameters=None) => torch.nn.ParameterList(parameters)
paddle.nn.LayerDict(sublayers=None) => torch.nn.ModuleDict(sublayers)
paddle.nn.Identity(*args) => torch.nn.Identity(*args)

paddle.nn.Linear(in_features, out_features, weight_attr=None, bias_attr=None)
    if false(bias_attr) => twins.Linear(in_features, out_features, bias=bias_attr, weight_attr=weight_attr)
    => twins.Linear(in_features, out_features, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.{Conv1D}(in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, padding_mode='zeros', weight_attr=None, bias_attr=None, data_format='NCL')
    if false(bias_attr) => twins.Conv1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias_attr, padding_mode=padding_mode, weight_attr=weight_attr)
    => twins.Conv1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, padding_mode=padding_mode, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.{Conv2D}(in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, padding_mode='zeros', weight_attr=None, bias_attr=None, data_format='NCHW')
    if false(bias_attr) => twins.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias_attr, padding_mode=padding_mode, weight_attr=weight_attr)
    => twins.Conv2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, padding_mode=padding_mode, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.{Conv3D}(in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, padding_mode='zeros', weight_attr=None, bias_attr=None, data_format='NCDHW')
    if false(bias_attr) => twins.Conv3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias_attr, padding_mode=padding_mode, weight_attr=weight_attr)
    => twins.Conv3d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation, groups=groups, padding_mode=padding_mode, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.Conv2DTranspose(in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, dilation=1, groups=1, weight_attr=None, bias_attr=None, data_format='NCHW')
    if false(bias_attr) => twins.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, bias=bias_attr, dilation=dilation, weight_attr=weight_attr)
    => twins.ConvTranspose2d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, dilation=dilation, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.Conv1DTranspose(in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, dilation=1, weight_attr=None, bias_attr=None, data_format='NCL')
    => twins.ConvTranspose1d(in_channels, out_channels, kernel_size, stride=stride, padding=padding, output_padding=output_padding, groups=groups, dilation=dilation, weight_attr=weight_attr, bias_attr=bias_attr)

# Norms
paddle.nn.{BatchNorm1D}(num_features, momentum=0.9, epsilon=1e-05, weight_attr=None, bias_attr=None, data_format='NCL', use_global_stats=None)
    => twins.BatchNorm1d(num_features, eps=epsilon, momentum=1 - momentum, weight_attr=weight_attr, bias_attr=bias_attr, use_global_stats=use_global_stats)
paddle.nn.{BatchNorm2D}(num_features, momentum=0.9, epsilon=1e-05, weight_attr=None, bias_attr=None, data_format='NCHW', use_global_stats=None)
    => twins.BatchNorm2d(num_features, eps=epsilon, momentum=1 - momentum, weight_attr=weight_attr, bias_attr=bias_attr, use_global_stats=use_global_stats)
paddle.nn.{BatchNorm3D}(num_features, momentum=0.9, epsilon=1e-05, weight_attr=None, bias_attr=None, data_format='NCDHW', use_global_stats=None)
    => twins.BatchNorm3d(num_features, eps=epsilon, momentum=1 - momentum, weight_attr=weight_attr, bias_attr=bias_attr, use_global_stats=use_global_stats)
paddle.nn.SyncBatchNorm(num_features, momentum=0.9, epsilon=1e-05, weight_attr=None, bias_attr=None, data_format='NCHW')
    => twins.BatchNormAny(num_features, eps=epsilon, momentum=1 - momentum, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.SyncBatchNorm.convert_sync_batchnorm(layer) => twins.same(layer)
paddle.nn.BatchNorm(num_channels, act=None, is_test=False, momentum=0.9, epsilon=1e-05, param_attr=None, bias_attr=None, dtype='float32', data_layout='NCHW', in_place=False, moving_mean_name=None, moving_variance_name=None, do_model_average_for_mean_and_var=True, use_global_stats=False, trainable_statistics=False)
    => twins.BatchNormAct(num_channels, act=act, eps=epsilon, momentum=1 - momentum, weight_attr=param_attr, bias_attr=bias_attr, use_global_stats=use_global_stats)
paddle.nn.{InstanceNorm1D InstanceNorm2D}(num_features, epsilon=1e-05, momentum=0.9, weight_attr=None, bias_attr=None, data_format='NCHW')
    => twins.{}(num_features, epsilon=epsilon, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.LayerNorm(normalized_shape, epsilon=1e-05, weight_attr=None, bias_attr=None)
    => twins.LayerNorm(normalized_shape, eps=epsilon, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.GroupNorm(num_groups, num_channels, epsilon=1e-05, weight_attr=None, bias_attr=None, data_format='NCHW')
    => twins.GroupNorm(num_groups, num_channels, eps=epsilon, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.LocalResponseNorm(size, alpha=0.0001, beta=0.75, k=1.0)
    => torch.nn.LocalResponseNorm(size, alpha=alpha, beta=beta, k=k)

# Pooling
paddle.nn.MaxPool1D(kernel_size, stride=None, padding=0, return_mask=False, ceil_mode=False)
    => twins.MaxPool1d(kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode)
paddle.nn.MaxPool2D(kernel_size, stride=None, padding=0, return_mask=False, ceil_mode=False, data_format='NCHW')
    => twins.MaxPool2d(kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode)
paddle.nn.MaxPool3D(kernel_size, stride=None, padding=0, return_mask=False, ceil_mode=False, data_format='NCDHW')
    => twins.MaxPool3d(kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode)
paddle.nn.AvgPool1D(kernel_size, stride=None, padding=0, exclusive=True, ceil_mode=False)
    => twins.AvgPool1d(kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode, exclusive=exclusive)
paddle.nn.AvgPool2D(kernel_size, stride=None, padding=0, ceil_mode=False, exclusive=True, divisor_override=None, data_format='NCHW')
    => twins.AvgPool2d(kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode, exclusive=exclusive)
paddle.nn.AdaptiveAvgPool1D(output_size) => torch.nn.AdaptiveAvgPool1d(output_size)
paddle.nn.AdaptiveAvgPool2D(output_size, data_format='NCHW') => torch.nn.AdaptiveAvgPool2d(output_size)
paddle.nn.AdaptiveAvgPool3D(output_size, data_format='NCDHW') => torch.nn.AdaptiveAvgPool3d(output_size)
paddle.nn.AdaptiveMaxPool1D(output_size, return_mask=False) => torch.nn.AdaptiveMaxPool1d(output_size)
paddle.nn.AdaptiveMaxPool2D(output_size, return_mask=False) => torch.nn.AdaptiveMaxPool2d(output_size)

# Activations
paddle.nn.{ReLU ReLU6 Tanh Sigmoid Mish Softsign Tanhshrink LogSigmoid Hardswish}()
    => torch.nn.{}()
paddle.nn.Silu() => torch.nn.SiLU()
paddle.nn.Swish() => torch.nn.SiLU()
paddle.nn.SELU() => torch.nn.SELU()
paddle.nn.Hardsigmoid() => twins.Hardsigmoid()
paddle.nn.LeakyReLU(negative_slope=0.01) => torch.nn.LeakyReLU(negative_slope=negative_slope)
paddle.nn.ELU(alpha=1.0) => torch.nn.ELU(alpha=alpha)
paddle.nn.CELU(alpha=1.0) => torch.nn.CELU(alpha=alpha)
paddle.nn.GELU(approximate=False)
    if not given(approximate) or false(approximate) => torch.nn.GELU()
    if true(approximate) => torch.nn.GELU(approximate='tanh')
paddle.nn.PReLU(num_parameters=1, init=0.25, weight_attr=None, data_format='NCHW')
    => twins.PReLU(num_parameters=num_parameters, init=init, weight_attr=weight_attr)
paddle.nn.Softplus(beta=1, threshold=20) => torch.nn.Softplus(beta=beta, threshold=threshold)
paddle.nn.Softshrink(threshold=0.5) => torch.nn.Softshrink(lambd=threshold)
paddle.nn.Hardshrink(threshold=0.5) => torch.nn.Hardshrink(lambd=threshold)
paddle.nn.Hardtanh(min=-1.0, max=1.0) => torch.nn.Hardtanh(min_val=min, max_val=max)
paddle.nn.Softmax(axis=-1) => torch.nn.Softmax(dim=+axis)
paddle.nn.LogSoftmax(axis=-1) => torch.nn.LogSoftmax(dim=+axis)
paddle.nn.Maxout(groups, axis=1) => twins.Maxout(groups, axis=axis)

# The rest
paddle.nn.Dropout(p=0.5, axis=None, mode='upscale_in_train')
    if not given(axis) and not given(mode) => torch.nn.Dropout(p=p)
    => twins.Dropout(p=p, axis=axis, mode=mode)
paddle.nn.Dropout2D(p=0.5, data_format='NCHW') => torch.nn.Dropout2d(p=p)
paddle.nn.Flatten(start_axis=1, stop_axis=-1) => torch.nn.Flatten(start_dim=start_axis, end_dim=stop_axis)
paddle.nn.Embedding(num_embeddings, embedding_dim, padding_idx=None, sparse=False, weight_attr=None)
    => twins.Embedding(num_embeddings, embedding_dim, padding_idx=padding_idx, sparse=sparse, weight_attr=weight_attr)
paddle.nn.Upsample(size=None, scale_factor=None, mode='nearest', align_corners=False, align_mode=0, data_format='NCHW')
    => twins.Upsample(size=size, scale_factor=scale_factor, mode=mode, align_corners=align_corners, align_mode=align_mode)
paddle.nn.UpsamplingNearest2D(size=None, scale_factor=None) => twins.Upsample(size=size, scale_factor=scale_factor)
paddle.nn.UpsamplingBilinear2D(size=None, scale_factor=None)
    => twins.Upsample(size=size, scale_factor=scale_factor, mode='bilinear', align_corners=True)
paddle.nn.Pad2D(padding, mode='constant', value=0.0, data_format='NCHW') => twins.Pad2d(padding, mode=mode, value=value)
paddle.nn.ZeroPad2D(padding, data_format='NCHW') => twins.Pad2d(padding)
paddle.nn.PixelShuffle(upscale_factor, data_format='NCHW') => torch.nn.PixelShuffle(upscale_factor)
paddle.nn.Unfold(kernel_sizes, dilations=1, paddings=0, strides=1)
    => torch.nn.Unfold(kernel_sizes, dilation=dilations, padding=paddings, stride=strides)
paddle.nn.MultiHeadAttention(embed_dim, num_heads, dropout=0.0, kdim=None, vdim=None, need_weights=False, weight_attr=None, bias_attr=None)
    => twins.MultiHeadAttention(embed_dim, num_heads, dropout=dropout, kdim=kdim, vdim=vdim, need_weights=need_weights, weight_attr=weight_attr, bias_attr=bias_attr)
paddle.nn.utils.spectral_norm(layer, name='weight', n_power_iterations=1, eps=1e-12, dim=None)
    => torch.nn.utils.spectral_norm(layer, name=name, n_power_iterations=n_power_iterations, eps=eps, dim=dim)

[Recurrent]
paddle.nn.{LSTM GRU}(input_size, hidden_size, num_layers=1, direction='forward', time_major=False, dropout=0.0)
    => twins.{}(input_size, hidden_size, num_layers=num_layers, direction=direction, time_major=time_major, dropout=dropout)

# Losses
[Layer]
paddle.nn.{CrossEntropyLoss}(weight=None, ignore_index=-100, reduction='mean', soft_label=False, axis=-1, use_softmax=True, label_smoothing=0.0)
    => twins.CrossEntropyLoss(weight=weight, ignore_index=ignore_index, reduction=reduction, soft_label=soft_label, axis=axis, use_softmax=use_softmax, label_smoothing=label_smoothing)
paddle.nn.{MSELoss L1Loss}(reduction='mean') => torch.nn.{}(reduction=reduction)
paddle.nn.SmoothL1Loss(reduction='mean', delta=1.0) => torch.nn.HuberLoss(reduction=reduction, delta=delta)
paddle.nn.BCELoss(weight=None, reduction='mean') => torch.nn.BCELoss(weight=weight, reduction=reduction)
paddle.nn.BCEWithLogitsLoss(weight=None, reduction='mean', pos_weight=None)
    => torch.nn.BCEWithLogitsLoss(weight=weight, reduction=reduction, pos_weight=pos_weight)
paddle.nn.NLLLoss(weight=None, ignore_index=-100, reduction='mean')
    => torch.nn.NLLLoss(weight=weight, ignore_index=ignore_index, reduction=reduction)
paddle.nn.KLDivLoss(reduction='mean', log_target=False) => torch.nn.KLDivLoss(reduction=reduction, log_target=log_target)
paddle.nn.MarginRankingLoss(margin=0.0, reduction='mean') => torch.nn.MarginRankingLoss(margin=margin, reduction=reduction)

# Initial values
[Plain]
paddle.{ParamAttr} => twins.ParamAttr
paddle.nn.initializer.{Constant Normal TruncatedNormal Uniform XavierUniform XavierNormal KaimingUniform KaimingNormal Assign} => twins.{}
paddle.regularizer.{L1Decay L2Decay} => twins.{}
paddle.nn.{ClipGradByGlobalNorm ClipGradByNorm ClipGradByValue} => twins.{}
paddle.nn.initializer.set_global_initializer => !set_global_initializer has no rule
"""
