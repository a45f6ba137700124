import type {KnownReleases} from '../torch/torch-engine.ts';

/**
 * The first release that has a parser or an architecture, or one of the first: as found in the published packages of
 * SGLang 0.4.8 to 0.5.23, of which about every third was read. A name that is not here may be in any release.
 */
export const sglangReleases: KnownReleases = {
  toolParsers: {
    kimi_k2: '0.4.9.post2',
    kimi_k3: '0.5.18',
    qwen3_coder: '0.4.9.post6',
    glm45: '0.4.9.post6',
    glm47: '0.5.7',
    'gpt-oss': '0.5.1',
    deepseekv31: '0.5.3',
    deepseekv32: '0.5.7',
    deepseekv4: '0.5.14',
    'minimax-m2': '0.5.5',
    'minimax-m3': '0.5.18',
    mimo: '0.5.7',
    step3p5: '0.5.9',
    gemma4: '0.5.14',
  },
  reasoningParsers: {
    kimi_k2: '0.5.5',
    kimi_k3: '0.5.18',
    glm45: '0.4.9.post6',
    'gpt-oss': '0.5.1',
    'deepseek-v3': '0.5.1',
    'deepseek-v4': '0.5.14',
    minimax: '0.5.5',
    'minimax-m3': '0.5.18',
    mimo: '0.5.10',
    step3p5: '0.5.9',
    nemotron_3: '0.5.10',
    gemma4: '0.5.14',
  },
  architectures: {
    KimiK25ForConditionalGeneration: '0.5.10',
    KimiK3ForConditionalGeneration: '0.5.18',
    KimiLinearForCausalLM: '0.5.5',
    DeepseekV32ForCausalLM: '0.5.3',
    DeepseekV4ForCausalLM: '0.5.14',
    Glm4MoeForCausalLM: '0.4.9.post6',
    Glm4MoeLiteForCausalLM: '0.5.8',
    GlmMoeDsaForCausalLM: '0.5.9',
    MiniMaxM2ForCausalLM: '0.5.5',
    Qwen3NextForCausalLM: '0.5.3',
    Qwen3_5ForConditionalGeneration: '0.5.9',
    Qwen3_5MoeForConditionalGeneration: '0.5.9',
    GptOssForCausalLM: '0.5.1',
    Gemma4ForConditionalGeneration: '0.5.14',
  },
};
