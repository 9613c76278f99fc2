/* The bar chart of the leader's page. ECharts (240 kB) is fetched after everything else is on the screen and only when
   the chart is near; until then, and without script, the same figures stand in the table behind 看表. */
(function () {
  "use strict";
  const home = document.getElementById("chart");
  const block = document.getElementById("chart-data");
  const source = document.currentScript ? document.currentScript.dataset.echarts : "";
  if (!home || !block || !source) return;
  const data = JSON.parse(block.textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let chart = null;

  function options(colours) {
    const small = 0.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: small * 3.2, right: 6, top: small * 1.5, bottom: small * 2.2 },
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, backgroundColor: "#1f2935", borderWidth: 0, textStyle: { color: "#fff", fontSize: 12 } },
      xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: "#8c877d" } }, axisLabel: { color: "#4a4f57", fontSize: small, interval: 0 } },
      yAxis: { type: "value", splitLine: { lineStyle: { color: "#e5e0d7" } }, axisLabel: { color: "#4a4f57", fontSize: small } },
      series: data.series.map((one, index) => ({
        name: one.name, type: "bar", data: one.points, barMaxWidth: small * 1.5, barGap: "6%", itemStyle: { color: colours[index] },
        label: { show: index === 1, position: "top", color: colours === paper ? "#000" : index === 1 ? css("--teal") : "#4a4f57", fontWeight: 600, fontSize: small, distance: 3 }
      }))
    };
  }
  const screen = ["#b7cbdc", "#0a5a5c", "#8fbdb6"];
  const paper = ["#c8c8c8", "#4a4a4a", "#b0b0b0"];
  function draw() {
    chart = window.echarts.init(home, null, { renderer: "svg" });
    chart.setOption(options(screen));
    chart.on("click", (press) => { const urls = data.series[press.seriesIndex].urls; if (urls && urls[press.dataIndex]) location.href = urls[press.dataIndex]; });
    /* The window tells of its new size before the sheets have been asked about it: only the box knows how wide it is. */
    new ResizeObserver(() => { if (!window.matchMedia("print").matches) chart.resize(); }).observe(home);
    /* The column of the printed sheet is always as wide: A4 landscape less margins. */
    window.addEventListener("beforeprint", () => { chart.resize({ width: 300, height: 184 }); chart.setOption(options(paper)); });
    window.addEventListener("afterprint", () => { chart.resize({ width: "auto", height: "auto" }); chart.setOption(options(screen)); });
    if (window.matchMedia("print").matches) chart.setOption(options(paper));
    home.dataset.drawn = still ? "still" : "yes";
  }
  function load() {
    const script = document.createElement("script");
    script.src = source;
    script.onload = draw;
    script.onerror = () => { home.hidden = true; document.getElementById("chart-table").classList.add("shown"); };
    document.head.append(script);
  }
  function watch() {
    if (!("IntersectionObserver" in window)) { load(); return; }
    const eye = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) { eye.disconnect(); load(); } }, { rootMargin: "200px" });
    eye.observe(home);
  }
  if (document.readyState === "complete") watch(); else window.addEventListener("load", watch);
})();
