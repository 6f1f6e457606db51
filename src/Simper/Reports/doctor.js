
(function () {
  "use strict";
  var form = document.querySelector(".filters");
  if (!form) return;
  form.hidden = false;
  var search = form.querySelector("input[type=search]");
  var check = form.querySelector("select");
  var row = form.querySelector("input[name=row]");
  var shown = form.querySelector("output");
  function apply() {
    var grades = Array.from(form.querySelectorAll("input[type=checkbox]:checked"), function (b) { return b.value; });
    var words = search.value.toLowerCase();
    var number = row.value.trim();
    var count = 0;
    document.querySelectorAll(".finding").forEach(function (f) {
      var fits = grades.indexOf(f.dataset.grade) >= 0 && (!check.value || f.dataset.check === check.value);
      var any = false;
      f.querySelectorAll("tbody tr").forEach(function (r) {
        var own = (!number || r.dataset.row === number) && (!words || r.textContent.toLowerCase().indexOf(words) >= 0);
        r.hidden = !own;
        any = any || own;
      });
      var said = !number && (!words || f.querySelector(".said").textContent.toLowerCase().indexOf(words) >= 0);
      if (said && words) f.querySelectorAll("tbody tr").forEach(function (r) { r.hidden = false; });
      f.hidden = !(fits && (any || said));
      count += f.hidden ? 0 : 1;
    });
    document.querySelectorAll(".row").forEach(function (r) {
      var found = r.dataset.checks.split(" ");
      var ofGrade = r.dataset.grades === "" || r.dataset.grades.split(" ").some(function (g) { return grades.indexOf(g) >= 0; });
      r.hidden = !(ofGrade && (!check.value || found.indexOf(check.value) >= 0) && (!number || r.dataset.row === number) &&
        (!words || r.textContent.toLowerCase().indexOf(words) >= 0));
    });
    shown.textContent = count + " shown";
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (e) { e.preventDefault(); });
  apply();
})();
