/** The style of the small pages, after the NHS design system (colours, type sizes, focus), and the icon of the site. */

/** What every page has: its colours, its letters and its head. */
export const headStyle = `
:root { --blue: #005eb8; --dark-blue: #003087; --text: #212b32; --grey: #4c6272; --line: #d8dde0; --back: #f0f4f5; --focus: #ffeb3b; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 1.1875rem/1.5 "Frutiger W01", Frutiger, Arial, Helvetica, sans-serif; }
.wide { max-width: 60rem; margin: 0 auto; padding: 0 1.5rem; }
header { background: var(--blue); color: #fff; }
header .wide { display: flex; align-items: center; gap: 0.75rem; padding-top: 1rem; padding-bottom: 1rem; }
header a { color: #fff; font-weight: 700; font-size: 1.375rem; text-decoration: none; }
header a:hover { text-decoration: underline; }
header img { display: block; width: 2rem; height: 2rem; }
`;

/** The pages that are written here. */
export const pageStyle = `${headStyle}
main.wide { padding-top: 2.5rem; padding-bottom: 3rem; }
h1 { font-size: 2.5rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.5rem; line-height: 1.3; margin: 2.5rem 0 0.75rem; }
p { margin: 0 0 1rem; max-width: 44rem; }
a { color: var(--blue); }
a:hover { color: #7c2855; }
a:focus { outline: 4px solid transparent; background: var(--focus); color: var(--text); box-shadow: 0 -2px var(--focus), 0 4px var(--text); text-decoration: none; }
.lead { font-size: 1.375rem; }
.notice { margin: 1.5rem 0; padding: 1rem 1.5rem; background: #fff; border: 1px solid var(--line); border-left: 8px solid var(--blue); max-width: 44rem; }
.notice.sandbox { border-left-color: #ffb81c; background: #fff9c4; }
.notice p { margin: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.25rem; margin: 0; padding: 0; list-style: none; }
.cards li { background: #fff; border: 1px solid var(--line); border-bottom: 4px solid var(--line); padding: 1.25rem 1.5rem; }
.cards a { font-weight: 700; }
.cards p { margin: 0.5rem 0 0; font-size: 1rem; color: var(--grey); }
pre { margin: 0 0 1rem; padding: 1rem 1.25rem; overflow-x: auto; background: #fff; border: 1px solid var(--line); font: 0.9375rem/1.6 Consolas, "Liberation Mono", monospace; }
code { font-family: Consolas, "Liberation Mono", monospace; font-size: 0.95em; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1.5rem; margin: 0; border-top: 1px solid var(--line); }
dt, dd { margin: 0; padding: 0.6rem 0; border-bottom: 1px solid var(--line); }
dt { font-weight: 700; margin-right: -1.5rem; padding-right: 1.5rem; }
@media (max-width: 40rem) { h1 { font-size: 2rem; } .wide { padding-left: 1rem; padding-right: 1rem; } dl { grid-template-columns: 1fr; } dt { border: 0; margin-right: 0; padding-right: 0; padding-bottom: 0; } dd { padding-top: 0; } }
@media print { header { color: #000; background: none; } header a { color: #000; } }
`;

/** A house with a cross: white on the blue of the NHS. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5" fill="#005eb8"/><path d="M16 5 4.5 15H8v11h16V15h3.500z" fill="#fff"/><path d="M14.250 14h3.500v3.250H21v3.500h-3.250V24h-3.500v-3.250H11v-3.500h3.250z" fill="#005eb8"/></svg>
`;
