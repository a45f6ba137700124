// Prints "N passed, N failed" from vitest's JSON report and fails if anything failed.
// Usage: test-totals.mjs REPORT CHECK-STATUS TEST-STATUS. A failed check counts as one failure.
import {readFileSync} from 'node:fs';

const [reportPath = '', checkStatus = '0', testStatus = '0'] = process.argv.slice(2);
const {passed, failed} = totalsOf(reportPath);
const testFailures = failed === 0 && testStatus !== '0' ? 1 : failed;
const allFailed = testFailures + (checkStatus === '0' ? 0 : 1);
console.log(`${passed} passed, ${allFailed} failed`);
process.exitCode = allFailed > 0 ? 1 : 0;

/** A run without a report, or one that failed outside of any test, still counts as one failure. */
function totalsOf(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    console.error(`The tests left no report: ${error.message}`);
    return {passed: 0, failed: 1};
  }
  // A file that could not be loaded has failed without any test.
  const brokenFiles = report.testResults.filter(
    ({status, assertionResults}) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed};
}
