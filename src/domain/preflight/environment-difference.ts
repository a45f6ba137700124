import {withDetails} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';

/** Digests of the values of variables, by name: what they say is only whether two values are the same. */
export type EnvironmentDigests = Readonly<Record<string, string>>;

/** Names of variables, sorted, whose values differ or that only one environment has. */
export type EnvironmentDifference = {
  /** Which GPUs the engine sees, and in which order. */
  readonly gpuVariables: readonly string[];
  /** What else the engine, its libraries and its downloads read, or by which its program is found. */
  readonly otherVariables: readonly string[];
};

const gpuNames: ReadonlySet<string> = new Set([
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'NVIDIA_VISIBLE_DEVICES',
  'CUDA_MPS_PIPE_DIRECTORY',
  'CUDA_MPS_ACTIVE_THREAD_PERCENTAGE',
  'GGML_CUDA_DEVICES',
]);
/** As an engine names its own options for the choice of GPUs and the split among them. */
const gpuOption = /_ARG_(?:DEVICE|MAIN_GPU|SPLIT_MODE|TENSOR_SPLIT)$/;

/**
 * Not compared: API keys, which an engine gets again unchanged; credentials of a session, which change by themselves; and what a
 * Conda prompt shows.
 */
const notCompared =
  /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|\w*EXPIRATION)$|_API_KEY$|^CONDA_(?:PROMPT_MODIFIER|SHLVL)$/;

/** Engines, hubs of models, and the libraries below an engine. */
const decisivePrefixes: readonly string[] = [
  'AWS_',
  'CONDA_',
  'CUBLAS_',
  'CUDA_',
  'CUDNN_',
  'DG_',
  'FLASHINFER_',
  'GGML_',
  'GLOO_',
  'HF_',
  'HUGGINGFACE_',
  'HUGGING_FACE_',
  'LLAMA_',
  'MKL_',
  'MODELSCOPE_',
  'NCCL_',
  'NVIDIA_',
  'NVSHMEM_',
  'OMP_',
  'PYTORCH_',
  'RAY_',
  'SAFETENSORS_',
  'SGLANG_',
  'SGL_',
  'TORCHINDUCTOR_',
  'TORCH_',
  'TRANSFORMERS_',
  'TRITON_',
  'UCX_',
  'VLLM_',
];

/** Where programs, libraries, modules, and caches are, and how the network and containers are reached. */
const decisiveNames: ReadonlySet<string> = new Set([
  'ALL_PROXY',
  'CONTAINER_HOST',
  'DOCKER_HOST',
  'HOME',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'NO_PROXY',
  'PATH',
  'PYTHONHOME',
  'PYTHONPATH',
  'REQUESTS_CA_BUNDLE',
  'SSL_CERT_FILE',
  'VIRTUAL_ENV',
  'XDG_CACHE_HOME',
]);

/** True for a variable that can decide whether an engine starts, on which GPUs, and how it serves. */
export function isDecisiveVariable(name: string): boolean {
  if (notCompared.test(name)) return false;
  return (
    selectsGpus(name) ||
    decisiveNames.has(name.toUpperCase()) ||
    decisivePrefixes.some((prefix) => name.startsWith(prefix))
  );
}

function selectsGpus(name: string): boolean {
  return gpuNames.has(name) || gpuOption.test(name);
}

/** Null for two environments without a difference. A record of an older version may have names that decide nothing. */
export function environmentDifference(
  requested: EnvironmentDigests,
  present: EnvironmentDigests,
): EnvironmentDifference | null {
  const names = [...new Set([...Object.keys(requested), ...Object.keys(present)])].toSorted();
  const differing = names.filter((name) => isDecisiveVariable(name) && requested[name] !== present[name]);
  if (differing.length === 0) return null;
  return {
    gpuVariables: differing.filter((name) => selectsGpus(name)),
    otherVariables: differing.filter((name) => !selectsGpus(name)),
  };
}

const PRESENT = 'To start it with the present environment: gantry up.';
const AS_BEFORE =
  'To start it as before: run gantry supervisor restart in a shell that has these variables as they were, then gantry up.';

/**
 * A start that nobody requests now, on other GPUs than those it was requested for: it is not made. Another program may use
 * these cards, and the plan was made for others. Null where the GPUs are the same.
 */
export function otherGpusFinding({gpuVariables, otherVariables}: EnvironmentDifference): Finding | null {
  if (gpuVariables.length === 0) return null;
  return {
    ...withDetails('preflight.environment-differs', {
      gpuVariables: [...gpuVariables],
      otherVariables: [...otherVariables],
    }),
    severity: 'critical',
    message: `The engine would start on other GPUs than before: this supervisor was started in an environment with another ${gpuVariables.join(', ')}.`,
    evidence: null,
    remedy: `${AS_BEFORE} ${PRESENT}`,
    settingsChange: null,
  };
}

export const OTHER_ENVIRONMENT = 'engine.environment-differs';

/**
 * What is reported of a run. `requested`: an operator's start in another environment than that of the run before.
 * `automatic`: a start without a new request, in another environment than the one it was requested in. `adopted`: the engine
 * is as it was, and this supervisor, which would start it again, is in another environment.
 */
export type ReportedDifference = {
  readonly start: 'requested' | 'automatic' | 'adopted';
  readonly difference: EnvironmentDifference;
};

/** An engine, or the supervisor that adopted it, in another environment than before. It has names of variables, never values. */
export function otherEnvironmentFinding({start, difference}: ReportedDifference): Finding {
  const {gpuVariables, otherVariables} = difference;
  const variables = [...gpuVariables, ...otherVariables].toSorted();
  return {
    ...withDetails(OTHER_ENVIRONMENT, {start, variables, gpuVariables: [...gpuVariables]}),
    severity: severityOf({start, difference}),
    ...texts[start](variables.join(', '), gpuVariables.join(', ')),
    evidence: null,
    settingsChange: null,
  };
}

/** Shells differ in their PATH, and which engine was found is on every screen. An adopted engine is not changed by a variable. */
function severityOf({start, difference: {gpuVariables, otherVariables}}: ReportedDifference): Finding['severity'] {
  if (gpuVariables.length > 0) return 'warning';
  return start === 'adopted' || otherVariables.every((name) => name === 'PATH') ? 'info' : 'warning';
}

const IN_THAT_SHELL = 'run gantry supervisor restart in a shell that has these variables as they were';

const texts: Readonly<
  Record<ReportedDifference['start'], (all: string, gpus: string) => Pick<Finding, 'message' | 'remedy'>>
> = {
  requested: (all, gpus) => ({
    message: `The engine was started in another environment than its previous run, by a supervisor with different values of ${all}.${gpus === '' ? '' : ` It may be on other GPUs: ${gpus} selects them.`}`,
    remedy: `If that was not intended, ${IN_THAT_SHELL}, then gantry restart.`,
  }),
  automatic: (all) => ({
    message: `The engine was started again in another environment than before, by a supervisor with different values of ${all}.`,
    remedy: `If that matters, ${IN_THAT_SHELL}, then gantry restart.`,
  }),
  adopted: (all, gpus) => ({
    message: `This supervisor was started in another environment than the engine, with different values of ${all}. ${gpus === '' ? 'An automatic restart would use them.' : `Automatic restarts would be refused because of ${gpus}, which selects the GPUs.`}`,
    remedy: `To have automatic restarts as before, ${IN_THAT_SHELL}. The engine keeps running.`,
  }),
};
