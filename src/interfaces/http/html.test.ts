import { html } from './html';

describe('a page', () => {
  it('shows what could be markup as text', () => {
    expect(html`<p title="${'"\'&'}">${'<script>'}</p>`.text).toBe(
      '<p title="&quot;&#39;&amp;">&lt;script&gt;</p>',
    );
  });

  it('is put together from parts', () => {
    const parts = ['a', '<'].map((each) => html`<li>${each}</li>`);
    const list = html`<ul>
      ${parts}
    </ul>`;
    expect(list.text).toContain('<li>a</li><li>&lt;</li>');
  });
});
