// What scrolls can be reached and scrolled by keyboard, too.
window.addEventListener("load", () => {
  for (const part of document.querySelectorAll("pre, .table-wrapper, .output")) {
    if (part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight) part.tabIndex = 0;
  }
});
