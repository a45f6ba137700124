import {type KnownReleases, namesByRelease} from '../torch/known-releases.ts';
import {kimiReleases} from './installation.ts';

/*
 * How these tables were made: every release of the package vllm from 0.5.5 to 0.33.0 (November 2026) was read in the
 * Python registry: the parsers that `tool_parsers` and `reasoning` register (in their `__init__.py`, before 0.11.1 by a
 * decorator), and the architectures of `model_executor/models/registry.py`. A name stands with the first release that has
 * it. Left out are names that 0.33.0 no longer has, architectures that are older than 0.8.0, and models that generate no
 * text. A name that is not here may be in any release.
 */
const toolParsers = namesByRelease(`
  0.6.3 hermes internlm llama3_json mistral
  0.6.4 granite granite-20b-fc jamba pythonic
  0.8.3 phi4_mini_json
  0.8.5 llama4_json
  0.9.0 deepseek_v3 llama4_pythonic
  0.9.2 xlam
  0.10.0 hunyuan_a13b kimi_k2 qwen3_coder
  0.10.1 glm45 step3
  0.10.2 deepseek_v31 openai seed_oss
  0.11.0 longcat qwen3_xml
  0.11.1 ernie45 minimax_m2 olmo3
  0.13.0 deepseek_v32 gigachat3
  0.14.0 functiongemma glm47
  0.15.1 step3p5
  0.18.0 granite4
  0.19.0 gemma4
  0.20.0 deepseek_v4 hy_v3 mimo
  0.21.0 cohere_command3 cohere_command4 lfm2 poolside_v1
  0.22.0 apertus
  0.23.0 minicpm5
  0.24.0 minimax_m3
  0.26.0 inkling
  0.27.0 kimi_k3
  0.28.0 dots ling3 muse_glimmer
  0.29.0 hy_v4
  0.30.0 deepseek_v41 k2_horizon
  0.32.0 hf plamo3 qwen3_json
  0.33.0 beam muse musespark1x step5
`);

const reasoningParsers = namesByRelease(`
  0.8.3 deepseek_r1 granite
  0.9.0 qwen3
  0.10.0 hunyuan_a13b mistral
  0.10.1 glm45 step3
  0.10.2 openai_gptoss
  0.11.0 seed_oss
  0.11.1 deepseek_v3 ernie45 kimi_k2 minimax_m2 minimax_m2_append_think olmo3
  0.13.0 holo2
  0.15.1 step3p5
  0.17.1 nemotron_v3
  0.19.0 gemma4
  0.20.0 deepseek_v4 hy_v3 mimo
  0.21.0 cohere_command3 cohere_command4 poolside_v1
  0.24.0 glm47 minimax_m3
  0.26.0 inkling
  0.27.0 kimi_k3
  0.28.0 ling3 muse_glimmer
  0.29.0 hy_v4
  0.30.0 deepseek_v41 k2_horizon
  0.31.0 granite_thinking_parser
  0.32.0 hf minicpmv plamo3
  0.33.0 beam muse musespark1x step5
`);

const architectures = namesByRelease(`
  0.8.0 Gemma3ForCausalLM Gemma3ForConditionalGeneration GraniteMoeSharedForCausalLM Phi4MMForCausalLM
  0.8.0 Zamba2ForCausalLM
  0.8.2 TeleFLMForCausalLM
  0.8.3 Llama4ForCausalLM Llama4ForConditionalGeneration Mistral3ForConditionalGeneration TransformersForCausalLM
  0.8.4 EagleLlamaForCausalLM Glm4ForCausalLM Qwen3ForCausalLM Qwen3MoeForCausalLM SmolVLMForConditionalGeneration
  0.8.5 Eagle3LlamaForCausalLM GraniteSpeechForConditionalGeneration KimiVLForConditionalGeneration
  0.9.0 FalconH1ForCausalLM GraniteMoeHybridForCausalLM MiMoForCausalLM Qwen2_5OmniForConditionalGeneration
  0.9.1 EagleMiniCPMForCausalLM NemotronHForCausalLM
  0.9.2 Ernie4_5_MoeForCausalLM Gemma3nForConditionalGeneration Glm4vForConditionalGeneration
  0.9.2 HunYuanMoEV1ForCausalLM KeyeForConditionalGeneration
  0.10.0 ArceeForCausalLM BailingMoeForCausalLM EagleLlama4ForCausalLM Exaone4ForCausalLM Glm4MoeForCausalLM
  0.10.0 HunYuanDenseV1ForCausalLM VoxtralForConditionalGeneration
  0.10.1 Cohere2VisionForConditionalGeneration Emu3ForConditionalGeneration Ernie4_5ForCausalLM Gemma3nForCausalLM
  0.10.1 Glm4vMoeForConditionalGeneration GptOssForCausalLM InternS1ForConditionalGeneration SmolLM3ForCausalLM
  0.10.1 Step3TextForCausalLM Step3VLForConditionalGeneration
  0.10.2 ApertusForCausalLM Ernie4_5_VLMoeForConditionalGeneration InternVLForConditionalGeneration
  0.10.2 KeyeVL1_5ForConditionalGeneration Lfm2ForCausalLM Qwen3NextForCausalLM RForConditionalGeneration
  0.10.2 SeedOssForCausalLM
  0.11.0 BailingMoeV2ForCausalLM CwmForCausalLM DeepseekV32ForCausalLM DotsOCRForCausalLM LongcatFlashForCausalLM
  0.11.0 Olmo3ForCausalLM Qwen3VLForConditionalGeneration Qwen3VLMoeForConditionalGeneration
  0.11.1 AfmoeForCausalLM BeeForConditionalGeneration DeepseekOCRForCausalLM Eagle3Qwen2_5vlForCausalLM
  0.11.1 FlexOlmoForCausalLM KimiLinearForCausalLM Lfm2MoeForCausalLM LightOnOCRForConditionalGeneration
  0.11.1 MiniMaxM2ForCausalLM PaddleOCRVLForConditionalGeneration PanguEmbeddedForCausalLM PanguUltraMoEForCausalLM
  0.11.1 Qwen3OmniMoeForConditionalGeneration TransformersMoEForCausalLM TransformersMultiModalForCausalLM
  0.11.1 TransformersMultiModalMoEForCausalLM
  0.12.0 Eagle3Qwen3vlForCausalLM EagleMistralLarge3ForCausalLM HunYuanVLForConditionalGeneration
  0.12.0 MistralLarge3ForCausalLM OpenCUAForConditionalGeneration Plamo3ForCausalLM
  0.13.0 AudioFlamingo3ForConditionalGeneration BagelForConditionalGeneration Jais2ForCausalLM
  0.14.0 ExaoneMoEForCausalLM GlmAsrForConditionalGeneration IQuestCoderForCausalLM IQuestLoopCoderForCausalLM
  0.14.0 IsaacForConditionalGeneration KananaVForConditionalGeneration Lfm2VlForConditionalGeneration
  0.14.0 MiMoV2FlashForCausalLM NemotronParseForConditionalGeneration PanguProMoEV2ForCausalLM
  0.15.0 Eagle2_5_VLForConditionalGeneration Glm4MoeLiteForCausalLM KimiK25ForConditionalGeneration
  0.15.0 Molmo2ForConditionalGeneration Step1ForCausalLM StepVLForConditionalGeneration
  0.15.1 Step3p5ForCausalLM
  0.16.0 DeepseekOCR2ForCausalLM FunAudioChatForConditionalGeneration GlmMoeDsaForCausalLM
  0.16.0 GlmOcrForConditionalGeneration InternS1ProForConditionalGeneration NemotronHPuzzleForCausalLM
  0.16.0 OpenPanguVLForConditionalGeneration Qwen3ASRForConditionalGeneration
  0.17.0 AXK1ForCausalLM BailingMoeV2_5ForCausalLM FireRedASR2ForConditionalGeneration FunASRForConditionalGeneration
  0.17.0 Ovis2_6ForCausalLM Ovis2_6_MoeForCausalLM Qwen3_5ForConditionalGeneration Qwen3_5MoeForConditionalGeneration
  0.18.0 Eagle3DeepseekV2ForCausalLM Eagle3DeepseekV3ForCausalLM HCXVisionV2ForCausalLM HyperCLOVAXForCausalLM
  0.18.0 MoonshotKimiaForCausalLM OlmoHybridForCausalLM SarvamMLAForCausalLM SarvamMoEForCausalLM
  0.19.0 CohereAsrForConditionalGeneration Gemma4ForCausalLM Gemma4ForConditionalGeneration
  0.20.0 DeepseekV4ForCausalLM Eagle3MiniMaxM2ForCausalLM Exaone4_5_ForConditionalGeneration
  0.20.0 Granite4VisionForConditionalGeneration HYV3ForCausalLM Ministral3ForCausalLM Param2MoEForCausalLM
  0.20.0 Rnj1ForCausalLM TeleChat3ForCausalLM
  0.21.0 Cohere2MoeForCausalLM EagleCohereForCausalLM EagleMistralForCausalLM LagunaForCausalLM MiMoV2ForCausalLM
  0.21.0 MiMoV2OmniForCausalLM Moondream3ForCausalLM QianfanOCRForConditionalGeneration
  0.22.0 InternS2PreviewForConditionalGeneration MiniCPMV4_6ForConditionalGeneration PeagleLlamaForCausalLM
  0.22.1 MellumForCausalLM
  0.23.0 Cosmos3ForConditionalGeneration Gemma4UnifiedForConditionalGeneration
  0.23.0 GraniteSpeechPlusForConditionalGeneration Step3p7ForConditionalGeneration
  0.24.0 Eagle3Qwen3ForCausalLM HrmTextForCausalLM MiniMaxM3SparseForCausalLM MiniMaxM3SparseForConditionalGeneration
  0.24.0 PeagleQwen3ForCausalLM
  0.25.0 DFlashLagunaForCausalLM LlavaOnevision2ForConditionalGeneration
  0.25.0 MossTranscribeDiarizeForConditionalGeneration UnlimitedOCRForCausalLM
  0.26.0 Cosmos3EdgeForConditionalGeneration InklingForCausalLM InklingForConditionalGeneration
  0.26.0 LongcatFlashNgramForCausalLM
  0.27.0 ExaoneMoeForCausalLM KimiK3ForConditionalGeneration Qwen3_5ForCausalLM Qwen3_5MoeForCausalLM
  0.27.0 VaultGemmaForCausalLM VibeVoiceAsrForConditionalGeneration
  0.28.0 BailingMoeV3ForCausalLM Dots3NoteForCausalLM InternS2MobiusForConditionalGeneration MuseGlimmerForCausalLM
  0.28.0 MuseGlimmerForConditionalGeneration
  0.29.0 GraniteMoeSWAForCausalLM GraniteSWAForCausalLM HYV4ForCausalLM Qwen4ExpForCausalLM
  0.29.0 Qwen4ExpForConditionalGeneration
  0.30.0 BailingMoeV3VLForConditionalGeneration CohereCompassForConditionalGeneration DeepseekV41ForCausalLM
  0.30.0 DeepseekV4ForConditionalGeneration Glm5NextForCausalLM Glm5NextForConditionalGeneration K2HorizonForCausalLM
  0.30.0 NanbeigeForCausalLM
  0.32.0 MiniCPMV4_7ForConditionalGeneration
  0.33.0 AliceAIForCausalLM BeamForCausalLM DomynEdgeForCausalLM DoryForCausalLM FlintForCausalLM Kolibri1ForCausalLM
  0.33.0 MiniCPMOcrForConditionalGeneration MuseSparkForConditionalGeneration RadioMBartPrefixForCausalLM
  0.33.0 Step5ForCausalLM Step5ForConditionalGeneration
`);

/** Options that were taken away, by its release notes and the notices of its own parser of arguments before that. */
const replacedOptions: ReadonlyMap<string, string> = new Map([
  ['--task', 'use --runner pooling (and --convert embed, classify or reward), and nothing to generate text'],
  ['--enable-reasoning', 'leave it out, --reasoning-parser alone is enough'],
  ['--guided-decoding-backend', 'use --structured-outputs-config.backend'],
  ['--speculative-model', 'use --speculative-config, in JSON'],
  ['--num-speculative-tokens', 'use --speculative-config, in JSON'],
  ['--disable-log-requests', 'leave it out, requests are logged only with --enable-log-requests'],
  ['--num-scheduler-steps', 'leave it out, the scheduler works otherwise'],
  ['--use-v2-block-manager', 'leave it out, there is no other one'],
  ['--worker-use-ray', 'use --distributed-executor-backend ray'],
  ['--disable-mm-preprocessor-cache', 'use --mm-processor-cache-gb 0'],
  ['--cuda-graph-sizes', 'use --cudagraph-capture-sizes'],
  ['--enable-multimodal-encoder-data-parallel', 'use --mm-encoder-tp-mode data'],
  ['--num-redundant-experts', 'use --eplb-config, in JSON'],
  ['--eplb-window-size', 'use --eplb-config, in JSON'],
  ['--eplb-step-interval', 'use --eplb-config, in JSON'],
  ['--eplb-log-balancedness', 'use --eplb-config, in JSON'],
  ['--guided-decoding-disable-fallback', 'use --structured-outputs-config, in JSON'],
  ['--guided-decoding-disable-any-whitespace', 'use --structured-outputs-config, in JSON'],
]);

/** The first releases of vLLM that have a parser or an architecture. */
export const vllmReleases: KnownReleases = {
  toolParsers,
  reasoningParsers,
  architectures,
  replacedOptions,
  forKimi: kimiReleases.k27,
  laterModels: {KimiK25ForConditionalGeneration: `Kimi K2.7 needs ${kimiReleases.k27}`},
};
