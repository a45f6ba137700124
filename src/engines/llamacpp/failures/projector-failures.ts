import type {Failure} from '../../log/failure-catalog.ts';

const OTHER_FILE =
  'The model itself is not the cause: download the projector that belongs to it (mmproj-*.gguf of the same repository), or remove --mmproj from engine.extraArguments to serve text only.';

/** The file with the encoder of images or sound (`--mmproj`), which is loaded next to the model. In order of precedence. */
export const projectorFailures: readonly Failure[] = [
  {
    code: 'projector-unknown',
    curedBy: 'installation',
    words: "clip_init: failed to load model 'mmproj.gguf': load_hparams: unknown projector type: newkind",
    pattern: /(?:unknown projector type: |unsupported minicpmv version: |unsupported decoder rope type: )(\S{1,80})/,
    details: ([, kind]) => ({
      message: `This build of llama.cpp does not know the kind of the projector (--mmproj): ${kind}.`,
      remedy:
        'Install a newer build of llama.cpp; until then remove --mmproj from engine.extraArguments, which serves text only. The file is probably not broken: do not download it again first.',
    }),
  },
  {
    code: 'projector-unusable',
    curedBy: 'model',
    words: "clip_init: failed to load model 'mmproj.gguf': load_hparams: unknown projector type:",
    pattern: /unknown projector type:?\s*$/,
    details: () => ({
      message:
        'The file given as the projector (--mmproj) does not say which kind it is: it is of an old format, or of a model that llama.cpp does not support with images.',
      remedy: `A newer build of llama.cpp does not help. ${OTHER_FILE}`,
    }),
  },
  {
    code: 'projector-mismatch',
    curedBy: 'model',
    words: 'mismatch between text model (n_embd = 4096) and mmproj (n_embd = 3584)',
    pattern:
      /mismatch between (text model|vision) (?:\(n_embd = (\d+)\) )?and ([\w -]{0,20}mmproj)(?: \(n_embd\w* = (\d+))?/,
    details: ([, , model, , projector]) => ({
      message: `The projector (--mmproj) belongs to another model${model === undefined || projector === undefined ? '' : `: its width is ${projector}, and that of the model ${model}`}.`,
      remedy: OTHER_FILE,
    }),
  },
  {
    code: 'projector-incomplete',
    curedBy: 'model',
    words: "clip_init: failed to load model 'mmproj.gguf': operator(): unable to find tensor v.patch_embd.weight",
    pattern:
      /clip_\w{1,20}: failed to load model '([^'\n]{1,400})': [^\n]{0,80}(?:unable to find tensor |failed to seek for tensor |[Kk]ey not found:? ?)(\S{1,120})/,
    details: ([, file, part]) => ({
      message: `The projector (--mmproj) ${nameOf(file)} lacks ${part}, which this build of llama.cpp needs.`,
      remedy: `It was converted by another version than this build expects: convert it again with the converter of this build, or use another build. ${OTHER_FILE}`,
    }),
  },
  {
    code: 'projector-missing',
    curedBy: 'model',
    words:
      "clip_init: failed to load model '/models/mmproj.gguf': clip_model_loader: failed to load CLIP model from /models/mmproj.gguf. Does this file exist?",
    pattern: /failed to load CLIP model from (\S{1,400})\. Does this file exist\?/,
    details: ([, file]) => ({
      message: `The projector (--mmproj) ${file} cannot be read.`,
      remedy:
        'Check the path; in a container it is the path within it. A file that is there is no GGUF file, or is cut.',
    }),
  },
  {
    code: 'projector-failed',
    curedBy: 'model',
    isConsequence: true,
    words: "srv    load_model: failed to load multimodal model, '/models/mmproj.gguf'",
    pattern: /failed to load multimodal model|mtmd_init_from_file: error|clip_\w{1,20}: failed to load model\b/,
    details: () => ({
      message: 'The projector for images or sound (--mmproj) was not loaded, and the server ends without it.',
      remedy: `The reason is in the line of clip_init before it. ${OTHER_FILE}`,
    }),
  },
];

/** Without its directories, those of Windows too. */
function nameOf(path: string | undefined): string {
  return path?.split(/[/\\]/).at(-1) ?? '';
}
