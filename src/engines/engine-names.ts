// Generated from the folders beside this file: npm run generate.
/** The words that settings know the engines by. */
export const engineNames: readonly string[] = ['llamacpp', 'sglang', 'vllm'];
