import type {Architecture} from '../../../domain/memory/model/architecture.ts';

/** A model whose published starts the overhead was fitted on or checked with, by its shapes. */
type MeasuredModel = {
  readonly name: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
};

const models: readonly MeasuredModel[] = [
  shape('Kimi K2', 61, 7168, 163_840),
  shape('Llama 3.1 8B', 32, 4096, 128_256),
  shape('Llama 3.3 70B', 80, 8192, 128_256),
  shape('Qwen 2.5 7B', 28, 3584, 152_064),
  shape('Qwen 2.5 72B', 80, 8192, 152_064),
  shape('Qwen 3 0.6B', 28, 1024, 151_936),
  shape('Qwen 3 8B', 36, 4096, 151_936),
  shape('Qwen 3 14B', 40, 5120, 151_936),
  shape('Qwen 3 32B', 64, 5120, 151_936),
  shape('Qwen 3 30B A3B', 48, 2048, 151_936),
  shape('Qwen 3 235B A22B', 94, 4096, 151_936),
  shape('Qwen 1.5 MoE', 24, 2048, 151_936),
  shape('CodeLlama 7B', 32, 4096, 32_016),
  shape('Granite 3.1 2B', 40, 2048, 49_155),
  shape('Granite 3.1 8B', 40, 4096, 49_155),
  shape('Phi-4', 40, 5120, 100_352),
  shape('Mixtral 8x7B', 32, 4096, 32_000),
  shape('DeepSeek V2 Lite', 27, 2048, 102_400),
  shape('Mistral Small 24B', 40, 5120, 131_072),
  shape('gpt-oss 20B', 24, 2880, 201_088),
  shape('gpt-oss 120B', 36, 2880, 201_088),
  shape('MiniMax M2.5', 62, 3072, 200_064),
  shape('GLM 5.1', 78, 6144, 154_880),
];

function shape(name: string, layers: number, hiddenSize: number, vocabularySize: number): MeasuredModel {
  return {name, layers, hiddenSize, vocabularySize};
}

/** The models that the overhead rests on, and whether one has these shapes; continues "published starts ...". */
export function measuredModelsText({layers, hiddenSize, vocabularySize}: Architecture): string {
  const same = models.find(
    (model) => model.layers === layers && model.hiddenSize === hiddenSize && model.vocabularySize === vocabularySize,
  );
  if (same !== undefined) return `of ${models.length} models, ${same.name} among them`;
  return `of ${models.length} other models (Llama 3.1 to Kimi K2)`;
}
