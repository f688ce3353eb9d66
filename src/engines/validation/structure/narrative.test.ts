import { LEADS_NOWHERE, MISPLACED, narrativeFaults } from './narrative';

const div = (inside: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${inside}</div>`;

describe('narrative', () => {
  it('is basic formatting, links and images', () => {
    expect(
      narrativeFaults(
        div(
          '<h1>A</h1><table border="1"><tr><td colspan="2">b</td></tr></table><p style="color: red">&amp; &#233; é<br/><a href="#x">c</a></p>',
        ),
      ),
    ).toEqual([]);
    expect(narrativeFaults(div('<img src="data:image/png;base64,AA==" alt="x"/>'))).toEqual([]);
  });

  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['an event handler', '<p onclick="x()">a</p>'],
    ['a javascript address', '<a href=" java&#x09;script:alert(1)">a</a>'],
    ['a data address that is a page', '<a href="data:text/html,x">a</a>'],
    ['a style that runs', '<p style="width: exp\\72 ession(alert(1))">a</p>'],
    ['a form', '<form>a</form>'],
    ['an iframe', '<iframe src="http://a">a</iframe>'],
    ['an unknown attribute', '<p contenteditable="true">a</p>'],
    ['an HTML entity', '<p>&reg; a</p>'],
    ['what is not closed', '<p>a'],
    ['no content', '<p> </p>'],
    ['text that is struck out as deleted', '<p>BP <del>120</del> 180</p>'],
    ['text that is marked as inserted', '<p>BP <ins>180</ins></p>'],
    ['a centred block', '<center>a</center>'],
    ['a background colour', '<table bgcolor="red"><tr><td>a</td></tr></table>'],
    ['another namespace', '<svg xmlns="http://www.w3.org/2000/svg">a</svg>'],
  ])('is refused with %s', (_name, inside) => {
    expect(narrativeFaults(div(inside)).length).toBeGreaterThan(0);
  });

  it('is one div in the XHTML namespace, without a DOCTYPE', () => {
    expect(narrativeFaults('<div>a</div>')).toHaveLength(1);
    expect(narrativeFaults('<p xmlns="http://www.w3.org/1999/xhtml">a</p>')).toEqual([
      'The narrative is not one <div> element. Send exactly one.',
    ]);
    expect(
      narrativeFaults('<!DOCTYPE div [<!ENTITY a "b">]><div xmlns="http://www.w3.org/1999/xhtml">a</div>')
        .length,
    ).toBeGreaterThan(0);
    expect(narrativeFaults('plain words').length).toBeGreaterThan(0);
  });
});

describe('a link in narrative', () => {
  it.each(['https://a.example/b', 'mailto:ward@a.example', 'tel:+441130000000', '#results', 'Patient/1'])(
    'may lead to %s',
    (address) => {
      expect(narrativeFaults(div(`<a href="${address}">a</a>`))).toEqual([]);
    },
  );

  it('does not lead to a name that is no place', () => {
    expect(narrativeFaults(div('<a href="urn:oid:1.2.3">a</a>'))).toEqual([LEADS_NOWHERE]);
  });
});

describe('the structure of narrative', () => {
  it.each([
    ['a paragraph inside a paragraph', '<p>a<p>b</p></p>'],
    ['a block inside a paragraph', '<p>a<div>b</div></p>'],
    ['a cell outside a row', '<td>a</td>'],
    ['a row outside a table', '<tr><td>a</td></tr>'],
    ['an item outside a list', '<li>a</li>'],
    ['text directly in a list', '<ul>a<li>b</li></ul>'],
    ['text directly in a table', '<table>a<tr><td>b</td></tr></table>'],
  ])('does not have %s', (_name, inside) => {
    expect(narrativeFaults(div(inside))).toEqual([MISPLACED]);
  });

  it('may have lists in items, tables in cells and blocks in quotations', () => {
    const inside =
      '<ul><li><p>a</p><ol><li>b</li></ol></li></ul><table><caption>t</caption><thead><tr><th>h</th></tr></thead><tbody><tr><td><table><tr><td>c</td></tr></table></td></tr></tbody></table><blockquote><p>d</p></blockquote><dl><dt>e</dt><dd>f</dd></dl>';
    expect(narrativeFaults(div(inside))).toEqual([]);
  });
});
