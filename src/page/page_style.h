// How an audit's page looks.
#pragma once

#include <string_view>

namespace onceload {

// Colours of the system's own scheme, light or dark; wide tables scroll by themselves, so that the
// page never does sideways; on paper nothing is cut.
inline constexpr std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --page: #fff;
  --box: #f6f8fa; --good: #1a7f37; --bad: #cf222e; --bar: #0969da; --gone: #bf8700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --page: #0d1117; --box: #161b22; --good: #3fb950; --bad: #f85149; --bar: #4493f8;
  --gone: #d29922; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 16px; max-width: 1100px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 22px; line-height: 1.25; overflow-wrap: anywhere; margin: 8px 0; }
h2 { font-size: 17px; margin: 28px 0 8px; border-bottom: 1px solid var(--line); }
p, dd, td { overflow-wrap: anywhere; }
.verdict { border-left: 6px solid var(--bad); background: var(--box); padding: 10px 14px; }
.verdict.proven { border-color: var(--good); }
.verdict strong { font-size: 17px; }
.soft { color: var(--soft); }
dl { display: grid; grid-template-columns: minmax(90px, max-content) 1fr; gap: 2px 16px;
  margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
.word { white-space: nowrap; }
td p { margin: 0 0 6px; }
dl + .wide { margin-top: 12px; }
.track { position: relative; height: 14px; background: var(--box); border: 1px solid var(--line);
  min-width: 40px; }
.bar { position: absolute; top: 0; bottom: 0; min-width: 2px; background: var(--bar);
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.bar.killed { background: repeating-linear-gradient(45deg, var(--bad) 0 4px, transparent 4px 8px); }
.bar.failed { background: var(--gone); }
.run { margin: 6px 0; }
.run p { margin: 0; }
footer { margin-top: 32px; font-size: 13px; color: var(--soft); }
@media print { body { max-width: none; padding: 0; } .wide { overflow: visible; }
  h2, tr, .run { break-inside: avoid; } }
)css";

}  // namespace onceload
