import Layers
import Tensors
import Testing

/// Holds a layer's gradients against central differences along random directions.
///
/// With L = <f(x), c> for a random c, (L(x + h v) - L(x - h v)) / 2h must equal <dL/dx, v>, for directions v in the
/// space of the input and of each parameter.
func checkGradients(
  _ name: String, input: Tensor, parameters: [Parameter] = [], step: Float = 4e-3, tolerance: Double = 4e-3,
  forward: (Tensor) -> Tensor, backward: (Tensor, Gradients) -> Tensor,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var random = Random(99)
  let cotangent = random.tensor(forward(input).shape)
  let gradients = Gradients()
  let dx = backward(cotangent, gradients)
  #expect(dx.shape == input.shape, "\(name)", sourceLocation: sourceLocation)

  func compare(_ what: String, _ expected: Double, _ plus: Tensor, _ minus: Tensor, scale: Double) {
    let measured = (dot(plus, cotangent) - dot(minus, cotangent)) / (2 * Double(step))
    #expect(
      abs(measured - expected) <= tolerance * max(scale, abs(measured)),
      "\(name), \(what): gradient \(expected), difference quotient \(measured)",
      sourceLocation: sourceLocation)
  }

  for trial in 0..<4 {
    let v = random.tensor(input.shape)
    let scale = (dot(dx, dx) * dot(v, v) / Double(input.count)).squareRoot()
    compare(
      "input, direction \(trial)", dot(dx, v), forward(moved(input, along: v, by: step)),
      forward(moved(input, along: v, by: -step)), scale: scale)
  }
  for parameter in parameters {
    guard let gradient = gradients[parameter] else {
      Issue.record("\(name): no gradient of \(parameter.key)", sourceLocation: sourceLocation)
      continue
    }
    let v = random.tensor(parameter.value.shape)
    let scale = (dot(gradient, gradient) * dot(v, v) / Double(v.count)).squareRoot()
    let value = parameter.value
    parameter.value = moved(value, along: v, by: step)
    let plus = forward(input)
    parameter.value = moved(value, along: v, by: -step)
    let minus = forward(input)
    parameter.value = value
    compare(parameter.key, dot(gradient, v), plus, minus, scale: scale)
  }
}
