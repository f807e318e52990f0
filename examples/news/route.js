/** Follows this site's links without loading a page; `draw()` is called at first and after each change of the address. */
export function route(draw) {
  document.addEventListener('click', (event) => {
    const link = /** @type {Element} */ (event.target).closest('a');
    if (!link || link.origin !== location.origin || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (link.pathname === location.pathname) return;
    history.pushState(null, '', link.href);
    scrollTo(0, 0);
    draw();
  });
  // Back and forward are views, too. A page that comes out of the back/forward cache is not: nothing runs then.
  addEventListener('popstate', draw);
  draw();
}
