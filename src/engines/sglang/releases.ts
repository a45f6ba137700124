import {type KnownReleases, namesByRelease} from '../torch/known-releases.ts';
import {kimiReleases} from './installation.ts';

/*
 * How these tables were made: every release of the package sglang from 0.4.0 to 0.5.23 (November 2026) was read in the
 * Python registry: the parsers of `srt/function_call` and `srt/parser`, and the `EntryClass` of every file in
 * `srt/models`. A name stands with the first release that has it. Left out are names that 0.5.23 no longer has,
 * architectures that are older than 0.4.4, and models that generate no text. A name that is not here may be in any release.
 */
const toolParsers = namesByRelease(`
  0.4.2 llama3 mistral qwen25
  0.4.5.post3 deepseekv3
  0.4.6.post2 pythonic
  0.4.9.post2 kimi_k2
  0.4.9.post4 qwen3_coder
  0.4.9.post5 glm45
  0.4.10 step3
  0.5.1 gpt-oss
  0.5.1.post3 deepseekv31
  0.5.3.post1 glm qwen
  0.5.4.post1 minimax-m2
  0.5.6 deepseekv32
  0.5.7 glm47 interns1 mimo
  0.5.8 trinity
  0.5.9 gigachat3 hermes lfm2 step3p5
  0.5.11 gemma4 hunyuan
  0.5.12 deepseekv4 poolside_v1
  0.5.13 apertus2509 cohere_command4 minicpm5
  0.5.16 inkling minimax-m3
  0.5.17 kimi_k3
  0.5.18 muse
  0.5.19 dots ling3 spark25
  0.5.20 k2_horizon nanbeige
  0.5.21 deepseekv41 gigachat35 iquest_q1
  0.5.23 beam response_template
`);

const reasoningParsers = namesByRelease(`
  0.4.3.post3 deepseek-r1
  0.4.6.post1 qwen3
  0.4.9 kimi
  0.4.9.post4 qwen3-thinking
  0.4.9.post5 glm45
  0.4.10 step3
  0.5.1 deepseek-v3 gpt-oss
  0.5.4.post1 minimax minimax-append-think
  0.5.5 kimi_k2
  0.5.7 interns1
  0.5.9 step3p5
  0.5.10 mimo mistral nemotron_3
  0.5.11 gemma4 hunyuan
  0.5.12 deepseek-v4 poolside_v1
  0.5.13 apertus2509 cohere_command4
  0.5.16 inkling minimax-m3
  0.5.17 kimi_k3
  0.5.18 muse
  0.5.19 dots ling3
  0.5.20 granite_thinking_parser k2_horizon nanbeige
  0.5.21 deepseek-v41 gigachat35 iquest_q1
  0.5.23 beam response_template
`);

const architectures = namesByRelease(`
  0.4.4.post2 DeepseekVL2ForCausalLM Gemma3ForCausalLM Gemma3ForConditionalGeneration
  0.4.5 Llama4ForCausalLM Llama4ForConditionalGeneration
  0.4.5.post2 Qwen3ForCausalLM Qwen3MoeForCausalLM
  0.4.6.post2 KimiVLForConditionalGeneration
  0.4.6.post3 MiMoForCausalLM
  0.4.6.post4 LlavaForConditionalGeneration
  0.4.6.post5 Mistral3ForConditionalGeneration
  0.4.7 Phi4MMForCausalLM TransformersForCausalLM
  0.4.8 Glm4ForCausalLM
  0.4.8.post1 Gemma3nForCausalLM Gemma3nForConditionalGeneration HunYuanMoEV1ForCausalLM
  0.4.9 Qwen2AudioForConditionalGeneration
  0.4.9.post2 PhiMoEForCausalLM
  0.4.9.post3 GraniteMoeForCausalLM HunYuanDenseV1ForCausalLM PersimmonForCausalLM PhiForCausalLM
  0.4.9.post5 Glm4MoeForCausalLM InternS1ForConditionalGeneration
  0.4.10 ArceeForCausalLM Step3VLForConditionalGeneration
  0.5.1 BailingMoeForCausalLM DeciLMForCausalLM Ernie4_5_ForCausalLM Ernie4_5_MoeForCausalLM
  0.5.1 Glm4vForConditionalGeneration Glm4vMoeForConditionalGeneration GptOssForCausalLM
  0.5.2 LongcatFlashForCausalLM OPTForCausalLM Qwen3NextForCausalLM
  0.5.3 ApertusForCausalLM BailingMoEForCausalLM BailingMoeV2ForCausalLM DeepseekV32ForCausalLM DotsOCRForCausalLM
  0.5.3 DotsVLMForCausalLM FalconH1ForCausalLM Qwen3VLForConditionalGeneration Qwen3VLMoeForConditionalGeneration
  0.5.3 Sarashina2VisionForCausalLM SolarForCausalLM Starcoder2ForCausalLM
  0.5.3.post1 NemotronHForCausalLM
  0.5.4 DeepseekOCRForCausalLM Qwen3OmniMoeForConditionalGeneration
  0.5.4.post1 MiniMaxM2ForCausalLM NVILAForConditionalGeneration NVILALiteForConditionalGeneration
  0.5.4.post2 KimiLinearForCausalLM
  0.5.5.post1 JetNemotronForCausalLM
  0.5.5.post3 OrionForCausalLM TeleFLMForCausalLM
  0.5.6 JetVLMForConditionalGeneration MindSporeForCausalLM
  0.5.6.post1 Ministral3ForCausalLM MistralLarge3ForCausalLM PixtralForConditionalGeneration
  0.5.6.post2 PaddleOCRVLForConditionalGeneration
  0.5.7 GlmAsrForConditionalGeneration MiMoV2FlashForCausalLM
  0.5.8 AfmoeForCausalLM Glm4MoeLiteForCausalLM IQuestCoderForCausalLM IQuestLoopCoderForCausalLM
  0.5.9 BailingMoeV2_5ForCausalLM Ernie4_5_VLMoeForConditionalGeneration Exaone4ForCausalLM ExaoneMoEForCausalLM
  0.5.9 GPTJForCausalLM GlmMoeDsaForCausalLM GlmOcrForConditionalGeneration GraniteMoeHybridForCausalLM
  0.5.9 InternS1ProForConditionalGeneration KimiK25ForConditionalGeneration Lfm2ForCausalLM Lfm2MoeForCausalLM
  0.5.9 LightOnOCRForConditionalGeneration Qwen3_5ForConditionalGeneration Qwen3_5MoeForConditionalGeneration
  0.5.9 SDARForCausalLM SDARMoeForCausalLM Step3p5ForCausalLM StepVLForConditionalGeneration
  0.5.10 Lfm2VlForConditionalGeneration SarvamMLAForCausalLM SarvamMoEForCausalLM TransformersMoEForCausalLM
  0.5.10 TransformersMultiModalForCausalLM TransformersMultiModalMoEForCausalLM WhisperForConditionalGeneration
  0.5.11 Gemma4ForCausalLM Gemma4ForConditionalGeneration HYV3ForCausalLM MiMoV2ForCausalLM
  0.5.11 MossVLForConditionalGeneration Qwen3ASRForConditionalGeneration VoxtralForConditionalGeneration
  0.5.12 DeepseekV4ForCausalLM Eagle3DeepseekV2ForCausalLM Gemma4AssistantForCausalLM
  0.5.12 InternS2PreviewForConditionalGeneration LagunaForCausalLM MiniCPMV4_6ForConditionalGeneration
  0.5.13 Cohere2MoeForCausalLM Cohere2VisionForConditionalGeneration Gemma4UnifiedAssistantForCausalLM
  0.5.13 Gemma4UnifiedForConditionalGeneration NemotronHPuzzleForCausalLM Step3p7ForConditionalGeneration
  0.5.14 MiMoV2ASRForCausalLM ZayaForCausalLM
  0.5.15 DFlashLagunaForCausalLM HrmTextForCausalLM LocateAnythingForConditionalGeneration UnlimitedOCRForCausalLM
  0.5.16 GlmImageForConditionalGeneration InklingForConditionalGeneration MellumForCausalLM
  0.5.16 MiniMaxM3SparseForCausalLM MiniMaxM3SparseForConditionalGeneration
  0.5.17 KimiK3ForConditionalGeneration Qwen3_5ForCausalLM Qwen3_5MoeForCausalLM
  0.5.18 InternS2MobiusForConditionalGeneration MuseGlimmerForCausalLM MuseGlimmerForConditionalGeneration
  0.5.19 BailingMoeV3ForCausalLM Dots3NoteForCausalLM GraniteMoeSWAForCausalLM GraniteMoeSharedForCausalLM
  0.5.19 GraniteSWAForCausalLM KimiK3LinearForCausalLM MiniCPMSALAForCausalLM Spark2_5ForCausalLM
  0.5.20 Cosmos3EdgeForConditionalGeneration Cosmos3ForConditionalGeneration FalconMambaForCausalLM
  0.5.20 Glm5NextForConditionalGeneration HYV4ForCausalLM K2HorizonForCausalLM Mamba2ForCausalLM MambaForCausalLM
  0.5.20 NanbeigeForCausalLM Qwen4ExpForConditionalGeneration XllmForCausalLM
  0.5.21 BailingMM2NativeForConditionalGeneration BailingMMNativeForConditionalGeneration
  0.5.21 BailingMoeV3VLForConditionalGeneration GigaChat35ForCausalLM IQuestQ1ForCausalLM
  0.5.22 ExaoneMoeForCausalLM
  0.5.23 BeamForCausalLM MiniCPMV4_7ForConditionalGeneration MuseSparkForConditionalGeneration
`);

/** The first releases of SGLang that have a parser or an architecture. */
export const sglangReleases: KnownReleases = {
  toolParsers,
  reasoningParsers,
  architectures,
  // From release notes and pull requests; decode context parallelism serves Kimi K2.5 to K2.7 from 0.5.16 on.
  replacedOptions: new Map([
    ['--enable-ep-moe', 'set --ep-size to the value of --tp-size'],
    ['--enable-deepep-moe', 'use --moe-a2a-backend deepep'],
    ['--enable-flashinfer-cutlass-moe', 'use --moe-runner-backend flashinfer_cutlass'],
    ['--enable-flashinfer-cutedsl-moe', 'use --moe-runner-backend flashinfer_cutedsl'],
    ['--enable-flashinfer-trtllm-moe', 'use --moe-runner-backend flashinfer_trtllm'],
    ['--enable-flashinfer-mxfp4-moe', 'use --moe-runner-backend flashinfer_mxfp4'],
    ['--enable-triton-kernel-moe', 'use --moe-runner-backend triton_kernel'],
    ['--enable-flashinfer-mla', 'use --attention-backend flashinfer'],
    ['--enable-flashmla', 'use --attention-backend flashmla'],
    ['--disable-flashinfer', 'use --attention-backend triton'],
    ['--nccl-init-addr', 'use --dist-init-addr'],
  ]),
  options: new Map([
    ['--dcp-size', '0.5.15 (0.5.16 for Kimi K2.5 to K2.7)'],
    ['--uvicorn-access-log-exclude-prefixes', '0.5.8'],
  ]),
  forKimi: kimiReleases.k27,
  laterModels: {KimiK25ForConditionalGeneration: `Kimi K2.7 needs ${kimiReleases.k27}`},
};
