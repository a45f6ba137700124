/** A failure of the program: its output on stdout, and its exit status. */
export type DriverFault = {readonly text: string; readonly exitCode: number};

/** Variable that selects a failure of the program. */
export const FAULT_VARIABLE = 'GANTRY_SIMULATED_FAULT';

const faults: Readonly<Record<string, DriverFault>> = {
  'driver-not-loaded': {
    text: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
    exitCode: 9,
  },
  'library-missing': {
    text: "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system. Please make sure that the NVIDIA Display Driver is properly installed and present in your system.\nPlease also try adding directory that contains libnvidia-ml.so to your system PATH.\n",
    exitCode: 12,
  },
  'version-mismatch': {
    text: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.105\n',
    exitCode: 18,
  },
  'no-permission': {text: 'Failed to initialize NVML: Insufficient Permissions\n', exitCode: 4},
  'no-devices': {text: 'No devices were found\n', exitCode: 6},
};

/** The failure of this name, null without one. Throws a RangeError for an unknown name. */
export function findDriverFault(word: string | undefined): DriverFault | null {
  if (word === undefined || word === '') return null;
  const fault = faults[word];
  if (fault === undefined)
    throw new RangeError(`${FAULT_VARIABLE}=${word}: known are ${Object.keys(faults).join(', ')}.`);
  return fault;
}
