"""Everything around a model: seeds, devices, modes, files, summaries, AMP."""

TABLE = """
[Plain]
paddle.__version__ => torch.__version__
paddle.seed(seed) => torch.manual_seed(seed)
paddle.no_grad => torch.no_grad
paddle.enable_grad => torch.enable_grad
paddle.set_grad_enabled(mode) => torch.set_grad_enabled(mode)
paddle.is_grad_enabled => torch.is_grad_enabled
paddle.{set_device} => twins.set_device
paddle.device.set_device => twins.set_device
paddle.get_device => twins.get_device
paddle.device.get_device => twins.get_device
paddle.{CPUPlace}() => torch.device('cpu')
paddle.CUDAPlace(id=0) => torch.device('cuda', id)
paddle.is_compiled_with_cuda => torch.cuda.is_available
paddle.device.is_compiled_with_cuda => torch.cuda.is_available
paddle.device.cuda.{device_count empty_cache synchronize max_memory_allocated memory_allocated} => torch.cuda.{}
paddle.set_default_dtype(d: dtype) => torch.set_default_dtype(d)
paddle.get_default_dtype => torch.get_default_dtype
paddle.{disable_static enable_static in_dynamic_mode} => twins.{}
paddle.save => twins.save
paddle.summary => twins.summary
paddle.flops => !flops has no twin
paddle.set_printoptions(precision=None, threshold=None, edgeitems=None, sci_mode=None, linewidth=None)
    => torch.set_printoptions(precision=precision, threshold=threshold, edgeitems=edgeitems, sci_mode=sci_mode, linewidth=linewidth)
paddle.amp.auto_cast(enable=True, custom_white_list=None, custom_black_list=None, level='O1', dtype: dtype = torch.float16)
    => torch.autocast('cuda' if torch.cuda.is_available() else 'cpu', enabled=enable, dtype=+dtype)
paddle.static.InputSpec => twins.InputSpec
paddle.jit.{to_static} => twins.to_static
paddle.jit.save => twins.jit_save
paddle.jit.not_to_static(func=None) => twins.same(func)
paddle.distributed.{get_rank} => twins.rank
paddle.distributed.{get_world_size} => twins.world_size
paddle.distributed.{init_parallel_env barrier} => twins.nothing
paddle.utils.download.get_weights_path_from_url => twins.weights_by_url
paddle.utils.try_import(module_name) => __import__(module_name)

[State]
paddle.load => twins.load

[Layer]
paddle.jit.load(path) => twins.jit_load(path)
paddle.DataParallel(layers, strategy=None, comm_buffer_size=25, last_comm_buffer_size=1, find_unused_parameters=False)
    => twins.same(layers)
"""
