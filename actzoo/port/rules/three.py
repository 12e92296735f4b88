"""What changed its meaning, or the order of its arguments, from Paddle 2.6 to 3: in place of the other tables' rows."""

TABLE = """
[Tensor]
paddle.round(x, decimals=0) => torch.round(x, decimals=decimals)
paddle.uniform(shape, dtype: dtype = None, min=0, max=1.0, seed=0)
    => twins.uniform(shape, dtype=dtype, min=+min, max=max)
paddle.norm(x, p=None, axis=None, keepdim=False)
    if number(p) and sequence(axis) => torch.linalg.matrix_norm(x, ord=p, dim=axis, keepdim=keepdim)
    if number(p) => torch.linalg.vector_norm(x, ord=p, dim=axis, keepdim=keepdim)
    if not given(p) or p == 'fro' => torch.linalg.vector_norm(x, dim=axis, keepdim=keepdim)
paddle.nonzero(x, as_tuple=False) => torch.nonzero(x, as_tuple=as_tuple)
Tensor.transpose(*perm)
    if sequence(perm) => self.permute(*perm)
    => self.transpose(*perm)

[Layer]
paddle.nn.Dropout(p=0.5, inplace=False, axis=None, mode='upscale_in_train')
    if not given(axis) and not given(mode) => torch.nn.Dropout(p=p, inplace=inplace)
    => twins.Dropout(p=p, axis=axis, mode=mode)
paddle.nn.Embedding(num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0, sparse=False, weight_attr=None)
    => twins.Embedding(num_embeddings, embedding_dim, padding_idx=padding_idx, sparse=sparse, weight_attr=weight_attr)
"""
