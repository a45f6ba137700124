/** The engine when the configuration names none: the first one in the model's own recipe. */
export const defaultEngineName = 'vllm';
