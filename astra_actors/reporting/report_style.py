"""The look of the HTML report, light and dark, without anything from another host."""

from __future__ import annotations

from typing import Final

CSS: Final = """
:root { color-scheme: light dark; --paper: #fbfaf8; --card: #ffffff; --ink: #1d1f23; --soft: #63676f; --rule: #e3e1dc;
  --line: #2b62a8; --gain: #2c7a5b; --loss: #b1402c; --warn: #8a5a00; --warn-card: #fdf3dc; --grid: #ebe9e4; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1b1e23; --ink: #e7e6e2; --soft: #9aa0a9;
  --rule: #2f333a; --line: #7fb0ea; --gain: #63bf97; --loss: #ea8570; --warn: #f0c05a; --warn-card: #2b2416;
  --grid: #282c33; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
  sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 960px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 40px 0 12px; }
h3 { font-size: 14px; font-weight: 600; margin: 20px 0 6px; color: var(--soft); }
p { margin: 6px 0; } .sub, .none, .foot { color: var(--soft); }
.data { margin: 16px 0 0; padding: 10px 14px; border-left: 4px solid var(--rule); background: var(--card); }
.data.synthetic { border-color: var(--warn); background: var(--warn-card); font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 12px; margin-top: 20px; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 12px 14px; }
.tile span { display: block; color: var(--soft); font-size: 13px; } .tile b { font-size: 22px; font-weight: 600; }
.tile.bad b { color: var(--loss); } .tile.good b { color: var(--gain); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 14px; overflow-x: auto; }
.pair { display: flex; flex-wrap: wrap; gap: 20px; } .pair > div { flex: 1 1 300px; max-width: 380px; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.grid { stroke: var(--grid); } .axis { stroke: var(--soft); } .base { stroke: var(--soft); stroke-dasharray: 4 4; }
.line { fill: none; stroke: var(--line); stroke-width: 1.8; stroke-linejoin: round; } .dot { fill: var(--line); }
.fall { fill: var(--loss); fill-opacity: .28; stroke: var(--loss); } .gain { fill: var(--gain); }
.loss { fill: var(--loss); } .pale { fill-opacity: .4; } .bubble { fill: var(--line); fill-opacity: .55; stroke: var(--line); }
.tick { fill: var(--soft); } .end, .name { text-anchor: end; } .mid { text-anchor: middle; }
.name { fill: var(--ink); font-size: 13px; } .note { fill: var(--soft); font-size: 12.5px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { padding: 5px 10px 5px 0; text-align: left;
  border-bottom: 1px solid var(--rule); vertical-align: top; } th { color: var(--soft); font-weight: 500; }
td.n { white-space: nowrap; } tr:last-child td { border-bottom: 0; } code { font-size: 12.5px; overflow-wrap: anywhere; }
.chip { display: inline-block; min-width: 78px; text-align: center; border: 1px solid; border-radius: 3px;
  padding: 0 6px; font-size: 12px; font-weight: 600; } .PASS { color: var(--gain); } .FAIL { color: var(--loss); }
.UNKNOWN { color: var(--soft); } .said { font-weight: 600; } .foot { margin-top: 40px; font-size: 13px; }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--soft); }
"""
