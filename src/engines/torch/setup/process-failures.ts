import type {TorchFailure} from '../torch-engine.ts';

/** What the environment of a Python process, in a container above all, lacks or has too much of. In order of precedence. */
export const processFailures: readonly TorchFailure[] = [
  {
    code: 'user-unknown',
    curedBy: 'arguments',
    words: "KeyError: 'getpwuid(): uid not found: 1000910000'",
    pattern: /getpwuid\(\): uid not found: (\d{1,10})/,
    details: ([, uid]) => ({
      message: `The user that the engine runs as (uid ${uid}) has no entry in /etc/passwd of the container, and PyTorch asks for its name.`,
      remedy:
        'Set USER to any name, HOME and TORCHINDUCTOR_CACHE_DIR to directories that this uid may write (or run as a user of the image). TORCHINDUCTOR_CACHE_DIR alone does not suffice in every version of PyTorch; root is not needed.',
    }),
  },
  {
    // Kubernetes sets NAME_PORT for each Service, in all pods of its namespace.
    code: 'service-variable',
    curedBy: 'arguments',
    words:
      "ValueError: VLLM_PORT 'tcp://10.43.1.39:8000' appears to be a URI. This may be caused by a Kubernetes service discovery issue",
    pattern:
      /(?:\b(\w{1,60}_PORT) '|invalid literal for int\(\) with base 10: '|could not convert string to \w{1,10}: '|stoi: ')tcp:\/\/([\d.:a-f[\]]{3,60})/,
    details: ([, variable, address]) => ({
      message: `${variable === undefined ? 'A variable that should be a port' : `The variable ${variable}`} is tcp://${address}: Kubernetes sets it for a Service whose name is that of the engine.`,
      remedy: `Set enableServiceLinks: false in the pod, or give the Service another name. ${variable === 'VLLM_PORT' ? 'A number in VLLM_PORT helps too, but it is the port between the processes, not that of the API.' : 'The port of the API is not the cause.'}`,
    }),
  },
  {
    // Between the processes of an engine: with an address, where uvicorn names host and port.
    code: 'port-in-use',
    curedBy: 'other-programs',
    words: "zmq.error.ZMQError: Address already in use (addr='tcp://127.0.0.1:5557')",
    pattern: /ZMQError: Address already in use(?: \(addr='tcp:\/\/([^'\n]{1,200}):(\d{1,5})'\))?/,
    details: ([, host, port], _context, {ownSettings: {rendezvousPort}}) => ({
      message: `${port === undefined ? 'A port' : `The port ${port} on ${host}`}, by which the engine's processes reach each other, is in use. It is not the port of the API.`,
      remedy: `End the engine that was left over (see gantry gpus). Two engines on one host need ports that are far apart${rendezvousPort === null ? '' : `: ${rendezvousPort}`}.`,
    }),
  },
  {
    code: 'resource-unavailable',
    curedBy: 'host',
    whileServing: 'warning',
    words: 'BlockingIOError: [Errno 11] Resource temporarily unavailable',
    pattern: /BlockingIOError: \[Errno 11\] Resource temporarily unavailable/,
    details: () => ({
      message:
        'The system refused a process or a lock: a limit is reached, or another process holds the lock (errno 11).',
      remedy:
        'The last frame of the traceback decides. For fork or exec, raise ulimit -u, TasksMax of the unit or --pids-limit of the container. For flock, end the other engine that uses the same file.',
    }),
  },
];
