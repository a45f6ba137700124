import {type KernelWait, kernelWaitOf, waitTexts} from './kernel-waits.ts';
import type {Frame} from './stack-lines.ts';

/** What a thread waits for, or does. */
export const threadWaits = [
  'driver',
  'network-file-system',
  'import',
  'lock-file',
  'collective',
  'rendezvous',
  'workers',
  'gpu',
  'download',
  'file',
  'disk',
  'compile',
  'exit',
  'lock',
  'message',
  'idle',
  'running',
] as const;
export type ThreadWait = (typeof threadWaits)[number];

/** The threads of libraries that always wait. */
const helper =
  /watchdogHandler|ncclCommWatchdog|[Hh]eartbeatMonitor|TCPStoreBackend|BackgroundThread|tqdm\/_monitor|resource_tracker|process_(?:in|out)put_sockets|monitor_workers|MultiprocWorkerMonitor|ncclProxyService/;

/** By function and file, the first match counts. */
const calls: readonly (readonly [pattern: RegExp, wait: ThreadWait])[] = [
  [/_ModuleLock|_lock_unlock_module|^acquire <frozen importlib|_get_module_lock/, 'import'],
  [/file_baton\.py|filelock\/|_flock|^flock /, 'lock-file'],
  [/^(?:get_response|_wait_for_response|collective_rpc) /, 'workers'],
  [/shm_broadcast\.py|zmq\/|zmq::|recv_requests/, 'message'],
  [
    /\bp?nccl[A-Z]\w{2,60}|pynccl\w{0,20}\.py|^(?:all_reduce|all_gather\w{0,20}|reduce_scatter\w{0,20}|all_to_all\w{0,20}|barrier|monitored_barrier|broadcast\w{0,20}|(?:send|recv)_(?:object|tensor_dict|tensor)) \S*(?:distributed|communicat|parallel_state)|c10d::\w{1,40}::(?:allreduce|allgather|broadcast|barrier|reduce_scatter)/,
    'collective',
  ],
  [/_create_c10d_store|rendezvous\.py|TCPStore|_store_based_barrier|store_based_barrier/, 'rendezvous'],
  [/cu(?:da)?(?:Stream|Event|Ctx|Device)Synchronize|^synchronize \S*torch\/cuda|libcuda\.so/, 'gpu'],
  [/huggingface_hub|urllib3|http\/client\.py|hf_xet|hf_transfer|requests\/(?:sessions|adapters)|ssl\.py/, 'download'],
  [
    /torch\/_inductor|torch\/_dynamo|triton\/(?:compiler|runtime|backends)|flashinfer\/jit|cpp_extension\.py|deep_gemm|nvcc|ninja/,
    'compile',
  ],
  [
    /safetensors|weight_utils\.py|torch\/serialization|load_weights|gguf\/|^(?:pread|read|__read|__pread)\w{0,10}(?: |$)/,
    'file',
  ],
];
const resting =
  /^(?:poll|ppoll|select|epoll_wait|accept|wait[34]?|acquire|get|recv\w{0,6}|futex\w{0,20}|_{0,2}futex_abstimed\w{0,40}|_{0,2}(?:GI_)?_{0,3}poll|do_futex_wait\w{0,20}|sem_wait|pthread_cond\w{1,30}|___pthread_cond\w{1,30}|_{0,4}clock_nanosleep\w{0,10}|nanosleep|sleep|syscall|_worker|run_forever)(?:@\S{1,40})?$/;

export type Classified = {readonly wait: ThreadWait; readonly frame: Frame | null};

/** What the thread with these calls, the innermost first, waits for. The innermost call that tells decides. */
export function classifyThread(frames: readonly Frame[]): Classified {
  const kernel = frames.filter(({layer}) => layer === 'kernel');
  if (kernel.length > 0) return classifyKernel(kernel);
  if (frames.some((frame) => helper.test(textOf(frame)))) return {wait: 'idle', frame: frames[0] ?? null};
  const told = frames.map((frame) => ({frame, wait: callOf(frame)}));
  const found = told.find(({wait}) => wait !== null);
  // Ranks that have no request wait for the first one to hand them one.
  if (found?.wait === 'collective' && told.some(({frame}) => /^(?:recv_requests|broadcast_pyobj)$/.test(frame.name))) {
    return {wait: 'message', frame: found.frame};
  }
  if (found?.wait === 'gpu' || found?.wait === 'message') {
    // The GPU waits in the operation that was started; a message is the answer to what was asked.
    const deeper = found.wait === 'gpu' ? 'collective' : 'workers';
    const outer = told.find(({wait}) => wait === deeper);
    if (outer !== undefined) return {wait: deeper, frame: outer.frame};
    // A call of the driver's library that is in the driver itself.
    if (found.wait === 'gpu' && frames[0]?.name.includes('ioctl') === true) {
      const named = told.find(({wait, frame}) => wait === 'gpu' && frame.name !== '??') ?? found;
      return {wait: 'driver', frame: named.frame};
    }
  }
  if (found !== undefined && found.wait !== null) return {wait: found.wait, frame: found.frame};
  const [top = null] = frames;
  return {wait: top !== null && resting.test(top.name) ? 'idle' : 'running', frame: top};
}

function callOf(frame: Frame): ThreadWait | null {
  const text = textOf(frame);
  return calls.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

function textOf({name, place}: Frame): string {
  return place === null ? name : `${name} ${place}`;
}

/** A lock is one of the driver or the file system whose functions are below it. */
function classifyKernel(frames: readonly Frame[]): Classified {
  const told = frames.map((frame) => ({frame, wait: kernelWaitOf(frame.name, frame.place)}));
  for (const wait of ['driver', 'network-file-system'] as const) {
    const found = told.find((one) => one.wait === wait);
    if (found !== undefined) return {wait, frame: found.frame};
  }
  const found = told.find(({wait}) => wait !== 'unknown');
  return found === undefined
    ? {wait: 'running', frame: frames[0] ?? null}
    : {wait: threadWaitOf(found.wait), frame: found.frame};
}

function threadWaitOf(wait: KernelWait): ThreadWait {
  if (wait === 'sleep') return 'idle';
  if (wait === 'pipe') return 'message';
  return wait === 'unknown' ? 'running' : wait;
}

/** What it says, with a process as its subject. */
export const threadTexts: {readonly [W in ThreadWait]: string} = {
  driver: `waits ${waitTexts.driver.says}`,
  'network-file-system': `waits ${waitTexts['network-file-system'].says}`,
  import: 'waits for a Python module that another of its threads imports',
  'lock-file': 'waits for a lock file that another process holds',
  collective: 'waits for the other ranks in a collective operation',
  rendezvous: 'waits for the other ranks to start',
  workers: 'waits for an answer of its workers',
  gpu: 'waits for the GPU to finish its work',
  download: 'waits for the network: a download, or the hub',
  file: 'reads files, such as weights',
  disk: `waits ${waitTexts.disk.says}`,
  compile: 'compiles kernels',
  exit: `waits ${waitTexts.exit.says}`,
  lock: `waits ${waitTexts.lock.says}`,
  message: 'waits for a message, as an idle process does',
  idle: 'is idle',
  running: 'runs',
};

/** What to do where a process stays in such a wait; those without an entry are no problem by themselves. */
export const threadRemedies: {readonly [W in ThreadWait]?: string} = {
  driver: waitTexts.driver.remedy,
  'network-file-system': waitTexts['network-file-system'].remedy,
  import:
    'Two threads import modules in each other\u2019s order, or one of them waits in an import for something else: the stack of the thread that holds the lock (look for exec_module) shows it. Restart; if it returns, import the module before the threads start, or use another version.',
  'lock-file':
    'A process that was killed leaves its lock behind. If no other process of an engine compiles or downloads, delete the lock file (below ~/.cache/torch_extensions, ~/.cache/flashinfer, or *.lock below HF_HOME), and start again.',
  collective:
    'Look at the stacks of all ranks, on every node, at the same time: the one that waits in no collective operation is the cause. If all do, look for an Xid in dmesg -T and at the connection of the GPUs.',
  rendezvous:
    'Look at the ranks that have not started: their log, and whether this node reaches the head address and port. GPU memory is not the cause.',
  workers: 'Take the stacks of the workers too (py-spy dump --pid PID of each): they hang, not this process.',
  gpu: 'A kernel on the GPU does not end. Look for an Xid in dmesg -T, and at the other ranks: a collective operation on the GPU looks the same.',
  download: 'Check the network and the proxy, or download the model first and set HF_HUB_OFFLINE=1.',
  lock: waitTexts.lock.remedy,
};
