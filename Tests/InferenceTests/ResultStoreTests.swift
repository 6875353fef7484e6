import C3N
import Inference
import Testing

@Suite("The store of earlier results")
struct ResultStoreTests {
  func filled(_ budget: Int, _ places: [String]) -> ResultStore<String> {
    let store = ResultStore<String>(budget: budget)
    for (index, place) in places.enumerated() {
      store.begin()
      store.keep(index, bytes: 10, seconds: [.decoder: Double(index)], at: place)
    }
    return store
  }

  @Test func givesBackWhatItKept() {
    let store = filled(100, ["a", "b"])
    #expect(store.take("b", as: Int.self)?.value == 1)
    #expect(store.take("b", as: Int.self)?.seconds == [.decoder: 1])
    #expect(store.take("c", as: Int.self) == nil)
    #expect(store.take("a", as: String.self) == nil, "another type is another result")
    #expect(store.bytes == 20 && store.count == 2)
  }

  @Test func theLeastRecentlyUsedGoesFirst() {
    let store = filled(30, ["a", "b", "c"])
    store.begin()
    _ = store.take("a", as: Int.self)
    store.begin()
    store.keep(3, bytes: 15, seconds: [:], at: "d")
    #expect(store.take("b", as: Int.self) == nil && store.take("c", as: Int.self) == nil)
    #expect(store.take("a", as: Int.self)?.value == 0 && store.take("d", as: Int.self)?.value == 3)
    #expect(store.bytes == 25)
  }

  @Test func whatIsReleasedStaysOnlyWithinTheBudget() {
    for (budget, stays) in [(200, true), (100, false)] {
      let store = filled(budget, ["a"])
      store.begin()
      store.keep(1, bytes: 90, seconds: [:], at: "b")
      store.keep(2, bytes: 60, seconds: [:], at: "c")
      store.release("b")
      #expect((store.take("b", as: Int.self) != nil) == stays)
      #expect(store.take("c", as: Int.self) != nil && store.bytes == (stays ? 160 : 60))
    }
    // What was released and is used again is the run's once more.
    let store = filled(100, ["a"])
    store.begin()
    store.keep(1, bytes: 90, seconds: [:], at: "b")
    store.release("b")
    _ = store.take("b", as: Int.self)
    store.keep(2, bytes: 60, seconds: [:], at: "c")
    #expect(store.take("b", as: Int.self) != nil && store.take("a", as: Int.self) == nil)
  }

  @Test func whatTheRunUsesStaysBeyondTheBudget() {
    let store = filled(30, ["a", "b", "c"])
    store.begin()
    _ = store.take("a", as: Int.self)
    store.keep(3, bytes: 100, seconds: [:], at: "d")
    #expect(store.take("a", as: Int.self) != nil && store.take("d", as: Int.self) != nil)
    #expect(store.count == 2 && store.bytes == 110)
    // The next run that keeps anything brings the store within its budget.
    store.begin()
    store.keep(4, bytes: 10, seconds: [:], at: "e")
    #expect(store.bytes <= 30 && store.take("e", as: Int.self) != nil)
  }

  @Test func replacingAndRemovingCountOnce() {
    let store = filled(100, ["a", "b"])
    store.keep(9, bytes: 30, seconds: [:], at: "a")
    #expect(store.bytes == 40 && store.count == 2)
    store.remove { $0 == "a" }
    #expect(store.bytes == 10 && store.take("a", as: Int.self) == nil)
  }
}
