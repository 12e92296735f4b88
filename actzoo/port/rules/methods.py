"""Methods and attributes of tensors, layers, optimisers and schedulers; `self` is what they are called on."""

TABLE = """
[Tensor]
Tensor.{clone detach contiguous cpu t abs_ exp_ sqrt_ zero_ tanh_ relu_}() => self.{}()
Tensor.{add_ subtract_ multiply_ divide_ sub_ mul_}(y) => self.{}(y)
Tensor.{fill_ normal_ uniform_}(*args) => self.{}(*args)
Tensor.{astype cast}(dtype: dtype) => self.to(dtype)
Tensor.reshape(shape)
    if no_zero(shape) => self.reshape(shape)
    => twins.reshape(self, shape)
Tensor.reshape_(shape) => twins.reshape(self, shape)
Tensor.transpose(perm) => self.permute(perm)
Tensor.unsqueeze(axis)
    if number(axis) => self.unsqueeze(axis)
    => twins.unsqueeze(self, axis)
Tensor.unsqueeze_(axis) => self.unsqueeze_(axis)
Tensor.squeeze_(axis=None) => self.squeeze_(dim=axis)
Tensor.clip_(min=None, max=None) => self.clamp_(min=min, max=max)
Tensor.scale_(scale=1.0, bias=0.0) => self.mul_(+scale).add_(+bias)
Tensor.cuda(device_id=None, blocking=True) => self.cuda(device_id)
Tensor.put_along_axis_(indices, values, axis, reduce='assign', include_self=True, broadcast=True)
    => self.copy_(twins.put_along_axis(self, indices, values, axis, reduce=reduce, include_self=include_self, broadcast=broadcast))
Tensor.{pin_memory isfinite isnan isinf}() => self.{}()
Tensor.set_value(value) => twins.set_value(self, value)
Tensor.register_hook(hook) => self.register_hook(hook)
Tensor.to(*args) => self.to(*args)
Tensor.matmul(y, transpose_x=False, transpose_y=False)
    if not given(transpose_x) and not given(transpose_y) => self.matmul(y)
    => twins.matmul(self, y, transpose_x=transpose_x, transpose_y=transpose_y)
Tensor.grad => self.grad
Tensor.T => self.permute(*range(self.dim() - 1, -1, -1))
Tensor.gradient() => self.grad.numpy(force=True)

[Array]
# Paddle's is a copy; torch's is the same memory, and a weight changes
Tensor.numpy()
    if held(self) => self.numpy(force=True).copy()
    => self.numpy(force=True)

[Plain]
Tensor.item(*args) => self.item(*args)
Tensor.tolist() => self.tolist()
Tensor.backward(grad_tensor=None, retain_graph=False) => self.backward(gradient=grad_tensor, retain_graph=retain_graph)
Tensor.{clear_grad clear_gradient}(set_to_zero=True) => twins.clear_grad(self)
Tensor.{dim ndimension element_size}() => self.{}()
Tensor.numel() => self.numel()
Tensor.{is_floating_point is_contiguous}() => self.{}()
Tensor.size => self.numel()
Tensor.{ndim dtype is_leaf shape} => self.{}
Tensor.name => twins.name_of(self)
Tensor.{data real imag} => self.{}
Tensor.place => self.device
Tensor.stop_gradient => (not self.requires_grad)
Tensor.trainable => self.requires_grad
Tensor.persistable => !the place of a tensor in a state is decided when it is registered

# What is no tensor for certain: the helper sees when it runs
Any.{clear_grad clear_gradient}() => twins.clear_grad(self)

# Distributions
[Tensor]
Distribution.{sample rsample}(shape=[]) => self.{}(shape)
Distribution.{log_prob probs kl_divergence}(value) => self.{}(value)
Distribution.prob(value) => self.log_prob(value).exp()
Distribution.entropy() => self.entropy()
Distribution.{loc scale logits} => self.{}

# What `forward` and `backward` of a function of one's own share
[Tensors]
Context.saved_tensor() => self.saved_tensors

[Plain]
Context.{save_for_backward mark_non_differentiable}(*args) => self.{}(*args)
Context.set_materialize_grads(value) => self.set_materialize_grads(value)
Context.mark_not_inplace(*args) => !mark_not_inplace has no counterpart in torch

# Layers
[Plain]
Layer.{train eval} () => self.{}()
Layer.add_sublayer(name, sublayer) => twins.add_sublayer(self, name, sublayer)
Layer.add_parameter(name, parameter) => self.register_parameter(name, parameter)
Layer.register_buffer(name, tensor, persistable=True) => self.register_buffer(name, tensor, persistent=persistable)
Layer.{clear_gradients}() => self.zero_grad()
Layer.apply(fn) => self.apply(fn)
Layer.to(device: device = None, dtype: dtype = None) => twins.moved(self, device=device, dtype=dtype)
Layer.{set_state_dict set_dict load_dict}(state_dict, use_structured_name=True) => twins.load_state(self, state_dict)
Layer.full_name() => type(self).__name__.lower()
Layer.register_forward_post_hook(hook) => self.register_forward_hook(hook)
Layer.register_forward_pre_hook(hook) => self.register_forward_pre_hook(hook)
Layer.{insert}(index, sublayer) => self.insert(index, sublayer)
Layer.{append}(sublayer) => self.append(sublayer)
Layer.{extend}(sublayers) => self.extend(sublayers)
Layer.{float half bfloat16}() => self.{}()
Layer.training => self.training
Layer._sub_layers => self._modules
Layer._{buffers forward_pre_hooks} => self._{}
Layer._dtype => torch.get_default_dtype()
Layer._{full_name helper init_in_dynamic_mode built loaddict_holder op_recorder original_funcs customized_attrs} => !torch keeps no '_{}' of a layer
Layer._non_persistable_buffer_names_set => self._non_persistent_buffers_set
Layer._forward_post_hooks => self._forward_hooks

[Parameters]
Layer._parameters => self._parameters
Layer.{state_dict to_static_state_dict}(destination=None, include_sublayers=True) => self.state_dict()
Layer.{parameters buffers}(include_sublayers=True)
    if given(include_sublayers) => list(self.{}(recurse=include_sublayers))
    => list(self.{}())

[Layers]
Layer.sublayers(include_self=False) => twins.sublayers(self, include_self=include_self)
Layer.children() => self.children()

[NamedLayers]
Layer.named_children() => self.named_children()
Layer.named_sublayers(prefix='', include_self=False) => twins.named_sublayers(self, prefix=prefix, include_self=include_self)

[NamedParameters]
Layer.named_parameters(prefix='', include_sublayers=True) => self.named_parameters(prefix=prefix, recurse=include_sublayers)
Layer.named_buffers(prefix='', include_sublayers=True) => self.named_buffers(prefix=prefix, recurse=include_sublayers)

[Tensor]
Layer.create_parameter(shape, attr=None, dtype: dtype = None, is_bias=False, default_initializer=None)
    => twins.create_parameter(shape, dtype=dtype, attr=attr, is_bias=is_bias, default_initializer=default_initializer)

# Optimisers and schedulers: the twins have Paddle's names where torch has none
[Plain]
Optimizer.step() => self.step()
Optimizer.{clear_grad clear_gradients}(set_to_zero=True) => self.zero_grad()
Optimizer.get_lr() => self.get_lr()
Optimizer.set_lr(value) => self.set_lr(value)
Optimizer.minimize(loss, startup_program=None, parameters=None, no_grad_set=None) => self.minimize(loss)
Optimizer.state_dict() => self.state_dict()
Optimizer.{set_state_dict set_dict}(state_dict) => self.load_state_dict(state_dict)
Scheduler.step(epoch=None) => self.step(epoch)
Scheduler.get_lr() => self.get_lr()
Scheduler.state_dict() => self.state_dict()
Scheduler.{set_state_dict set_dict}(state_dict) => self.load_state_dict(state_dict)
Scheduler.last_epoch => self.last_epoch
Scheduler.last_lr => self.last_lr
Metric.{update compute accumulate reset name}(*args) => self.{}(*args)
Model.{prepare fit evaluate predict train_batch eval_batch predict_batch summary save load parameters} => self.{}
Model.network => self.network
Scaler.scale(var) => self.scale(var)
Scaler.{step unscale_}(optimizer) => self.{}(optimizer)
Scaler.update() => self.update()
Scaler.minimize(optimizer, scaled_loss) => twins.minimize(self, optimizer, scaled_loss)
"""
