// Generated from the folders beside this file: npm run generate.
/** The names of the engines in settings. */
export const engineNames: readonly string[] = ['llamacpp', 'sglang', 'vllm'];
/** The engine of a configuration that names none. */
export const defaultEngineName = 'vllm';
