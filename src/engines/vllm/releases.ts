import type {KnownReleases} from '../torch/torch-engine.ts';

/**
 * The first release that has a parser or an architecture, or one of the first: from the release notes of vLLM and the
 * least versions in vllm-project/recipes (21 August 2026). A name that is not here may be in any release.
 */
export const vllmReleases: KnownReleases = {
  toolParsers: {
    llama3_json: '0.6.3',
    kimi_k2: '0.10.0',
    kimi_k3: '0.27.1',
    qwen3_coder: '0.10.0',
    qwen3_xml: '0.11.0',
    glm45: '0.11.0',
    deepseek_v31: '0.12.0',
    deepseek_v4: '0.20.0',
    minimax_m2: '0.11.1',
    minimax_m3: '0.24.0',
    gemma4: '0.19.1',
    mimo: '0.21.0',
    hy_v3: '0.20.0',
    ling3: '0.25.0',
    lfm2: '0.23.0',
    inkling: '0.26.0',
    poolside_v1: '0.21.0',
    muse_glimmer: '0.27.0',
  },
  reasoningParsers: {
    kimi_k2: '0.12.0',
    kimi_k3: '0.27.1',
    glm45: '0.11.0',
    deepseek_v4: '0.20.0',
    minimax_m2: '0.11.1',
    minimax_m3: '0.24.0',
    gemma4: '0.19.1',
    mimo: '0.21.0',
    hy_v3: '0.20.0',
    ling3: '0.25.0',
    nemotron_v3: '0.17.1',
    inkling: '0.26.0',
    poolside_v1: '0.21.0',
    muse_glimmer: '0.27.0',
  },
  architectures: {
    KimiK25ForConditionalGeneration: '0.19.1',
    KimiK3ForConditionalGeneration: '0.27.1',
    KimiLinearForCausalLM: '0.11.2',
    DeepseekV32ForCausalLM: '0.12.0',
    DeepseekV4ForCausalLM: '0.20.0',
    Glm4MoeForCausalLM: '0.11.0',
    GlmMoeDsaForCausalLM: '0.16.0',
    MiniMaxM2ForCausalLM: '0.11.1',
    Qwen3NextForCausalLM: '0.11.0',
    Qwen3_5ForConditionalGeneration: '0.17.0',
    Qwen3_5MoeForConditionalGeneration: '0.17.0',
    GptOssForCausalLM: '0.10.1',
    Gemma4ForConditionalGeneration: '0.19.1',
  },
};
