// Before the first paint, so that a chosen colour scheme never flashes the other one.
(() => {
  const chosen = localStorage.getItem("gatehouse.colours");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.colours = chosen;
})();
