// ---- The page, from the top

function showSections() {
  const shown = [...document.querySelectorAll("main > section:not([hidden])")];
  byId("sections").append(...shown.map(section => html("li", {}, html("a", { href: `#${section.id}` }, section.querySelector("h2").textContent))));
}

showHeader();
showAnswer();
showHealth();
showPredictions();
showSamples();
showCurves();
showLayers();
showSettings();
showSections();
onPaperUntilPrinted();
