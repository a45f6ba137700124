/** The engine of a configuration that names none: the one that the model's own recipe starts with. */
export const defaultEngineName = 'vllm';
