import {parseKernelLog} from '../../../src/sources/host/kernel-log.ts';
import {parseKillUserProcesses} from '../../../src/sources/host/login-manager.ts';
import {parseProcesses} from '../../../src/sources/nvidia-smi/parse/parse-csv.ts';
import {parseOutput} from '../../../src/sources/nvidia-smi/parse/parse-output.ts';
import {helpFields, wantedFields} from '../../../src/sources/nvidia-smi/parse/query-fields.ts';
import {createFrameAssembler} from '../../../src/sources/nvidia-smi/stream/frame-assembler.ts';
import {parseProcStat} from '../../../src/supervisor/process/proc-stat.ts';
import type {FuzzKind} from './fuzz-kind.ts';
import {mutateText} from './mutate-text.ts';
import {partOf, recordedTexts} from './texts.ts';

const cells =
  'NVIDIA H200, GPU-1, 00000000:19:00.0, 580.65, 143771, 130000, 12, 65, 512.4, 700.00, Enabled, Disabled, P0';
const gpuTexts = [
  `index, name, uuid, memory.total [MiB], memory.used [MiB]\n0, NVIDIA H200, GPU-1, 143771 MiB, 1 MiB\n1, NVIDIA H200, GPU-2, 143771 MiB, [N/A]\n`,
  'GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aaaa)\n  MIG 1g.10gb Device 0: (UUID: MIG-bbbb)\n',
  'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU\n',
  '<?xml version="1.0" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">\n<nvidia_smi_log><driver_version>580.1</driver_version><attached_gpus>1</attached_gpus><gpu id="00000000:19:00.0"><product_name>NVIDIA H200</product_name><uuid>GPU-1</uuid><fb_memory_usage><total>143771 MiB</total><used>1 MiB</used></fb_memory_usage><processes><process_info><pid>42</pid><process_name>python</process_name><used_memory>1 MiB</used_memory></process_info></processes></gpu></nvidia_smi_log>\n',
  '| NVIDIA-SMI 580.65  Driver Version: 580.65  CUDA Version: 13.0 |\n|   0  NVIDIA H200        On  | 00000000:19:00.0 Off |\n| N/A   32C    P0    70W / 700W |  12MiB / 143771MiB |\n',
  `${cells}\n${cells}\n`,
  ...recordedTexts('nvidia-smi', /\.(?:xml|txt|csv)$/),
];

/** Output of nvidia-smi in any format, whole and as rows of its stream. */
export const nvidiaSmiTexts: FuzzKind = {
  name: 'nvidia-smi',
  run: (random) => {
    const whole = random.pick(gpuTexts);
    const text = mutateText(random, random.below(3) === 0 ? partOf(whole, random.below(whole.length), 6_000) : whole);
    const {form, findings} = parseOutput(text, random.below(4) === 0 ? mutateText(random, random.pick(gpuTexts)) : '');
    if (findings.some(({message}) => message === '')) throw new Error('a finding says nothing');
    const assembler = createFrameAssembler([...wantedFields], null);
    for (const line of text.split('\n')) assembler.push(line, {sampledAtMs: 1, monotonicMs: 1});
    parseProcesses(text);
    helpFields(text);
    return form;
  },
};

const stat = '42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 5 3 0 0 20 0 1 0 123456 1000000 500 18446744073709551615';
const kernel = [
  'kern  :crit  : [12345.678901] NVRM: Xid (PCI:0000:19:00): 79, pid=42, GPU has fallen off the bus.',
  '6,1234,5678901234,-;Out of memory: Killed process 42 (python) total-vm:1kB, anon-rss:2kB',
].join('\n');

/** Texts of the operating system. */
export const hostTexts: FuzzKind = {
  name: 'host',
  run: (random) => {
    const text = mutateText(random, random.pick([stat, kernel, '[Login]\nKillUserProcesses = yes\n']));
    parseKernelLog(text, 100);
    parseKillUserProcesses(text);
    return parseProcStat(text) === null ? 'refused' : 'read';
  },
};
